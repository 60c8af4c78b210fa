using Search.Evaluation;

namespace Search.Controller;

/// <summary>How far a front's scores on other data are from those that the search chose it by: what choosing by luck costs (the winner's curse).</summary>
/// <param name="Role">The other data.</param>
/// <param name="Count">How many candidates of the front were scored there.</param>
/// <param name="Means">For each objective, the mean over them of how much more it is there than on search data.</param>
public sealed record FrontGap(DataRole Role, int Count, IReadOnlyList<double> Means);
