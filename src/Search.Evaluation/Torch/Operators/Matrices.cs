using Search.Native.Torch;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Products of matrices.</summary>
internal static class Matrices
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("MatMul", (_, x) => TorchLibrary.Call("matmul", x[0], x[1])),
    ];
}
