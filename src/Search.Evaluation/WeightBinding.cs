using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>One place of the graph and the checkpoint tensor that fills it.</summary>
/// <param name="Index">The tensor's index in the weight layout, or among the private names.</param>
/// <param name="Tensor">The tensor's name in checkpoints.</param>
/// <param name="Input">The name in the graph.</param>
/// <param name="Type">The graph's element type.</param>
/// <param name="Shape">The shape in the graph; null for a dimension in which tasks, or they and the graph, differ.</param>
/// <param name="Transposed">Whether the graph has the transpose of the checkpoint's matrix.</param>
/// <param name="Rule">Why the two belong together.</param>
internal sealed record WeightBinding(int Index, string Tensor, string Input, OrtElementType Type, IReadOnlyList<long?> Shape, bool Transposed, BindingRule Rule);
