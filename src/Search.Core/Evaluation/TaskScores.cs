namespace Search.Evaluation;

/// <summary>What one task's batches said about a candidate.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Scores">Score name (such as <c>entropy</c>, or <c>accuracy</c> where labels are known) to its mean over the task's examples.</param>
/// <param name="Examples">How many examples were scored.</param>
/// <param name="Batches">How many batches they came in.</param>
public sealed record TaskScores(string Task, IReadOnlyDictionary<string, double> Scores, int Examples, int Batches)
{
    internal static readonly IReadOnlyDictionary<string, IReadOnlyList<double>> NoBlocks = new Dictionary<string, IReadOnlyList<double>>();

    /// <summary>Score name to its means over <see cref="ScoreBlocks"/> of examples, of scores that are means; empty where the engine keeps none, as on search data.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Blocks { get; init; } = NoBlocks;

    /// <summary>The mean predicted probability of each class over all rows; empty where the engine gives none.</summary>
    public IReadOnlyList<double> MeanPrediction { get; init; } = [];
}
