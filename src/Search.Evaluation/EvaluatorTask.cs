using Search.Checkpoints;

namespace Search.Evaluation;

/// <summary>A task as an engine needs it.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Expert">The expert that knows the task: it brings the private tensors, and is what scores compare with. Read when first needed, so it must stay open.</param>
/// <param name="Batches">The batch file of each role the task has data for.</param>
public sealed record EvaluatorTask(string Name, Checkpoint Expert, IReadOnlyDictionary<DataRole, string> Batches)
{
    /// <summary>Where the merged model's private tensors come from instead, such as an export that is checked; null for the expert.</summary>
    public Checkpoint? Private { get; init; }
}
