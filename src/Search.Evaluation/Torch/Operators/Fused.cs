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
        new(Domain, "RmsNorm", (node, x) => [RmsNorm(x[0]!, x[1], node.Float("epsilon", 0))]),
        new(Domain, "Silu", (_, x) => [Call("silu", x[0])]),
        new(Domain, "Select", (node, x) => [Call("select.int", x[0], node.Int("axis"), node.Int("index"))]),
        new(Domain, "Gelu", (node, x) => [Call("gelu", x[0], TorchArgument.Text(node.Text("approximate", "none")))]),
        new(Domain, "Linear", (_, x) => [Linear(x[0]!, x[1]!, x[2]!)]),
        new(Domain, "Attention", (node, x) => [Attention(node, x)]),
    ];

    // x W + b with W [in, out]: linear has one product for all leading axes and adds the bias on the way.
    private static TorchTensor Linear(TorchTensor x, TorchTensor weight, TorchTensor bias)
    {
        using TorchTensor turned = Call("t", weight);
        return Call("linear", x, turned, bias);
    }

    // The mean of squares by way of the norm: it is read off without writing the squares down.
    private static TorchTensor RmsNorm(TorchTensor x, TorchTensor? weight, double epsilon)
    {
        long size = x.Sizes[^1];
        if (Find("rms_norm") is { } rmsNorm)
        {
            return rmsNorm.Call(x, new[] { size }, weight, epsilon);
        }

        using TorchTensor norm = Call("linalg_vector_norm", x, 2.0, new[] { -1L }, true);
        using TorchTensor squares = Call("mul.Tensor", norm, norm);
        using TorchTensor mean = Call("div.Scalar", squares, (double)size);
        using TorchTensor spread = Call("add.Scalar", mean, epsilon);
        using TorchTensor inverse = Call("rsqrt", spread);
        using TorchTensor normal = Call("mul.Tensor", x, inverse);
        return weight is null ? Call("alias", normal) : Call("mul.Tensor", normal, weight);
    }

    // softmax(where(condition, scale · q kᵀ + mask, fill)) v, with k already turned over.
    private static TorchTensor Attention(OnnxNode node, TorchTensor?[] x)
    {
        (TorchTensor query, TorchTensor turnedKey, TorchTensor value, TorchTensor? mask, TorchTensor? condition) = (x[0]!, x[1]!, x[2]!, x[3], x[4]);
        double scale = node.Float("scale", 1);
        double fill = node.Float("fill", 0);
        bool hides = node.Int("hides", 0) != 0;
        double natural = 1 / Math.Sqrt(query.Sizes[^1]);

        // A fill that can be added to the scores: where it hides a whole row, even a merely large one would leave their order.
        if (Find("scaled_dot_product_attention") is { } attention && (condition is null || fill < -1e30))
        {
            using TorchTensor key = Call("transpose.int", turnedKey, -2L, -1L);
            using TorchTensor scaled = Math.Abs((scale / natural) - 1) < 1e-6 ? Call("alias", query) : Call("mul.Scalar", query, scale / natural);
            if (condition is null)
            {
                return attention.Call(scaled, key, value, mask);
            }

            using TorchTensor nothing = Call("new_zeros", query, Array.Empty<long>());
            using TorchTensor whole = Hidden(mask ?? nothing, condition, fill, hides);
            return attention.Call(scaled, key, value, whole);
        }

        // Up to 1.13 there is none that is faster than its parts. The query is scaled, which has fewer numbers than the scores; baddbmm would scale
        // on the way, but with beta 0 it reads memory that was never written where matrices are small.
        using TorchTensor smaller = Call("mul.Scalar", query, scale);
        using TorchTensor products = Call("matmul", smaller, turnedKey);
        using TorchTensor masked = mask is null ? Call("alias", products) : Call("add.Tensor", products, mask);
        using TorchTensor scores = condition is null ? Call("alias", masked) : Hidden(masked, condition, fill, hides);
        using TorchTensor shares = Call("softmax.int", scores, -1L);
        return Call("matmul", shares, value);
    }

    private static TorchTensor Hidden(TorchTensor scores, TorchTensor condition, double fill, bool hides) =>
        hides ? Call("where.ScalarSelf", condition, fill, scores) : Call("where.ScalarOther", condition, scores, fill);
}
