namespace Search.Evaluation;

/// <summary>A task-specific tensor that every task's expert brings, perhaps with shapes of their own.</summary>
/// <param name="Name">The tensor's name in experts and graph.</param>
/// <param name="Shapes">Its shape in each task's expert, in the tasks' order; all of one rank.</param>
internal sealed record PrivateTensor(string Name, IReadOnlyList<IReadOnlyList<long>> Shapes);
