using Search.Checkpoints.Onnx;

namespace Search.Evaluation;

/// <summary>A graph whose weights are inputs.</summary>
/// <param name="Model">The model; never changed.</param>
/// <param name="Binding">The weights' inputs and what fills them.</param>
/// <param name="DataInputs">The inputs that batches feed, in the graph's order.</param>
/// <param name="Output">The output that is scored.</param>
/// <param name="Features">The tensors behind the nodes asked for, in their order; all of them are outputs.</param>
/// <param name="Constants">Float tensors of more than one element that no weight replaces: they stay as the graph has them.</param>
internal sealed record FedGraph(
    ModelProto Model,
    GraphBinding Binding,
    IReadOnlyList<GraphInput> DataInputs,
    string Output,
    IReadOnlyList<string> Features,
    IReadOnlyList<string> Constants);
