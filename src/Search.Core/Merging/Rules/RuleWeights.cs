namespace Search.Merging.Rules;

/// <summary>What a rule decides.</summary>
/// <param name="Groups">For each group of tensors one task-arithmetic weight an expert.</param>
/// <param name="Notes">What is to be said of them, one sentence each without its full stop.</param>
public sealed record RuleWeights(IReadOnlyList<IReadOnlyList<double>> Groups, IReadOnlyList<string> Notes);
