using Search.Checkpoints.Onnx;

namespace Search.Evaluation;

/// <summary>A place in a graph that a checkpoint tensor could fill.</summary>
/// <param name="Place">Its name, type and shape.</param>
/// <param name="Values">The values that the graph has there; null for an input.</param>
/// <param name="IsAlias">Whether it is another place's values under a second name.</param>
internal sealed record GraphWeight(GraphInput Place, TensorProto? Values, bool IsAlias);
