using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Products of matrices.</summary>
internal static class Matrices
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("MatMul", (_, x) => Call("matmul", x[0], x[1])),
        Kernel.Of("Gemm", Gemm),
        Kernel.Of("Einsum", (node, x) => Call("einsum", TorchArgument.Text(node.Text("equation", "")), x.Select(input => input!).ToArray())),
    ];

    private static TorchTensor Gemm(OnnxNode node, TorchTensor?[] x)
    {
        double alpha = node.Float("alpha", 1);
        using TorchTensor left = node.Int("transA", 0) != 0 ? Call("t", x[0]) : Call("alias", x[0]);
        using TorchTensor right = node.Int("transB", 0) != 0 ? Call("t", x[1]) : Call("alias", x[1]);
        if (x.At(2) is { } bias)
        {
            return Call("addmm", bias, left, right, left.Scalar(node.Float("beta", 1)), left.Scalar(alpha));
        }

        using TorchTensor product = Call("mm", left, right);
        return alpha == 1 ? Call("alias", product) : Call("mul.Scalar", product, left.Scalar(alpha));
    }
}
