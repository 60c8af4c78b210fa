using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>What <see cref="GraphFusion"/> puts in the place of patterns.</summary>
internal static class Fused
{
    /// <summary>The domain of nodes that no file has.</summary>
    public const string Domain = "search";

    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        new(Domain, "LayerNorm", (node, x) => [Call("layer_norm", x[0], x[0]!.Sizes[^(int)node.Int("axes")..], x[1], x[2], node.Float("epsilon", 1e-5), false)]),
        new(Domain, "Gelu", (node, x) => [Call("gelu", x[0], TorchArgument.Text(node.Text("approximate", "none")))]),
        new(Domain, "Linear", (_, x) => [Linear(x[0]!, x[1]!, x[2]!)]),
        new(Domain, "Attention", (node, x) => [Attention(x[0]!, x[1]!, x[2]!, x[3], node.Float("scale", 1))]),
    ];

    // x W + b with W [in, out]: linear has one product for all leading axes and adds the bias on the way.
    private static TorchTensor Linear(TorchTensor x, TorchTensor weight, TorchTensor bias)
    {
        using TorchTensor turned = Call("t", weight);
        return Call("linear", x, turned, bias);
    }

    // softmax(scale · q kᵀ + mask) v, with k already turned over.
    private static TorchTensor Attention(TorchTensor query, TorchTensor turnedKey, TorchTensor value, TorchTensor? mask, double scale)
    {
        double natural = 1 / Math.Sqrt(query.Sizes[^1]);
        if (Find("scaled_dot_product_attention") is { } attention)
        {
            using TorchTensor key = Call("transpose.int", turnedKey, -2L, -1L);
            using TorchTensor scaled = Math.Abs((scale / natural) - 1) < 1e-6 ? Call("alias", query) : Call("mul.Scalar", query, scale / natural);
            return attention.Call(scaled, key, value, mask);
        }

        // Up to 1.13 there is none that is faster than its parts; scaling the query touches fewer numbers than scaling the scores.
        using TorchTensor smaller = Call("mul.Scalar", query, scale);
        using TorchTensor products = Call("matmul", smaller, turnedKey);
        using TorchTensor scores = mask is null ? Call("alias", products) : Call("add.Tensor", products, mask);
        using TorchTensor shares = Call("softmax.int", scores, -1L);
        return Call("matmul", shares, value);
    }
}
