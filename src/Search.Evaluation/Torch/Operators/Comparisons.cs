using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Comparisons, logic and choices.</summary>
internal static class Comparisons
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("Equal", (_, x) => Call("eq.Tensor", x[0], x[1])),
        Kernel.Of("Less", (_, x) => Call("lt.Tensor", x[0], x[1])),
        Kernel.Of("LessOrEqual", (_, x) => Call("le.Tensor", x[0], x[1])),
        Kernel.Of("Greater", (_, x) => Call("gt.Tensor", x[0], x[1])),
        Kernel.Of("GreaterOrEqual", (_, x) => Call("ge.Tensor", x[0], x[1])),
        Kernel.Of("And", (_, x) => Call("logical_and", x[0], x[1])),
        Kernel.Of("Or", (_, x) => Call("logical_or", x[0], x[1])),
        Kernel.Of("Xor", (_, x) => Call("logical_xor", x[0], x[1])),
        Kernel.Of("Where", (_, x) => Call("where.self", x[0], x[1], x[2])),
        Kernel.Of("IsInf", (node, x) => IsInf(x[0]!, node.Int("detect_positive", 1) != 0, node.Int("detect_negative", 1) != 0)),
        Elementwise.Unary("Not", "logical_not"),
        Elementwise.Unary("IsNaN", "isnan"),
    ];

    private static TorchTensor IsInf(TorchTensor x, bool positive, bool negative) => (positive, negative) switch
    {
        (true, true) => Call("isinf", x),
        (true, false) => Call("isposinf", x),
        (false, true) => Call("isneginf", x),
        (false, false) => Call("zeros_like", x, TorchType.Bool),
    };
}
