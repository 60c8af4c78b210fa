namespace Search.Cli.Rendering;

/// <summary>A row of the table a study ends with.</summary>
/// <param name="Name">The merge.</param>
/// <param name="Trial">Its trial's number, or null where it is several.</param>
/// <param name="Cells">The mean over tasks, then each task; null where it was not scored.</param>
internal sealed record StudyRow(string Name, long? Trial, IReadOnlyList<StudyCell?> Cells);

/// <summary>What a merge scored.</summary>
/// <param name="Accuracy">On report data, or null where no labels are known; higher is better.</param>
/// <param name="Entropy">On search data in nats, or null where it was not scored; lower is better.</param>
internal sealed record StudyCell(double? Accuracy, double? Entropy);
