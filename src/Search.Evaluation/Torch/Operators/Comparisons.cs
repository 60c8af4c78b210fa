using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Comparisons, logic and choices.</summary>
internal static class Comparisons
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Elementwise.Binary("Equal", "eq.Tensor"),
        Elementwise.Binary("Less", "lt.Tensor"),
        Elementwise.Binary("LessOrEqual", "le.Tensor"),
        Elementwise.Binary("Greater", "gt.Tensor"),
        Elementwise.Binary("GreaterOrEqual", "ge.Tensor"),
        Elementwise.Binary("And", "logical_and"),
        Elementwise.Binary("Or", "logical_or"),
        Elementwise.Binary("Xor", "logical_xor"),
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
