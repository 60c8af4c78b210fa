namespace Search.Evaluation;

/// <summary>What one task's batches said about a candidate.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Scores">Score name (such as <c>entropy</c>, or <c>accuracy</c> where labels are known) to its mean over the task's examples.</param>
/// <param name="Examples">How many examples were scored.</param>
/// <param name="Batches">How many batches they came in.</param>
public sealed record TaskScores(string Task, IReadOnlyDictionary<string, double> Scores, int Examples, int Batches)
{
    /// <summary>The mean predicted probability of each class over all rows; empty where the engine gives none.</summary>
    public IReadOnlyList<double> MeanPrediction { get; init; } = [];
}
