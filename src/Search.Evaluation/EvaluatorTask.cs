using Search.Checkpoints;

namespace Search.Evaluation;

/// <summary>A task as an engine needs it.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Expert">The checkpoint that brings the task's private tensors; read while the evaluator is built, and left open.</param>
/// <param name="Batches">The batch file of each role the task has data for.</param>
public sealed record EvaluatorTask(string Name, Checkpoint Expert, IReadOnlyDictionary<DataRole, string> Batches);
