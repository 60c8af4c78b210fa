namespace Search.Evaluation;

/// <summary>Some of a task's examples: a stretch of its data, or of those drawn.</summary>
/// <param name="Task">The task's index.</param>
/// <param name="Role">The role of its data.</param>
/// <param name="First">Where the stretch begins.</param>
/// <param name="Count">How many examples it has.</param>
/// <param name="Drawn">The examples drawn, or null where all are used.</param>
internal sealed record ExampleSegment(int Task, DataRole Role, int First, int Count, long[]? Drawn);
