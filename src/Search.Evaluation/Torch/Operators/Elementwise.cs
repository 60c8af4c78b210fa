using Search.Native.Torch;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Operators that act element by element.</summary>
internal static class Elementwise
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("Add", (_, x) => TorchLibrary.Call("add.Tensor", x[0], x[1])),
        Kernel.Of("Sub", (_, x) => TorchLibrary.Call("sub.Tensor", x[0], x[1])),
        Kernel.Of("Mul", (_, x) => TorchLibrary.Call("mul.Tensor", x[0], x[1])),
        Kernel.Of("Relu", (_, x) => TorchLibrary.Call("relu", x[0])),
    ];
}
