using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Arithmetic and functions that act element by element.</summary>
internal static class Elementwise
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Binary("Add", "add.Tensor"),
        Binary("Sub", "sub.Tensor"),
        Binary("Mul", "mul.Tensor"),
        Binary("Div", (a, b) => a.IsFloat() ? Call("div.Tensor", a, b) : Call("div.Tensor_mode", a, b, TorchArgument.Text("trunc"))),
        Binary("Pow", Pow),
        Kernel.Of("Mod", Mod),
        Kernel.Of("Min", (_, x) => Fold(x, (a, b) => Call("minimum", a, b))),
        Kernel.Of("Max", (_, x) => Fold(x, (a, b) => Call("maximum", a, b))),
        Kernel.Of("Sum", (_, x) => Fold(x, (a, b) => Call("add.Tensor", a, b))),
        Kernel.Of("Mean", (_, x) => Mean(x)),
        Kernel.Of("Clip", Clip, 1, 2),
        Kernel.Of("BitShift", (node, x) => Call(node.Text("direction", "") == "LEFT" ? "bitwise_left_shift.Tensor" : "bitwise_right_shift.Tensor", x[0], x[1])),
        Binary("BitwiseAnd", "bitwise_and.Tensor"),
        Binary("BitwiseOr", "bitwise_or.Tensor"),
        Binary("BitwiseXor", "bitwise_xor.Tensor"),
        Unary("BitwiseNot", "bitwise_not"),
        Unary("Sqrt", "sqrt"),
        Unary("Exp", "exp"),
        Unary("Log", "log"),
        Unary("Erf", "erf"),
        Unary("Abs", "abs"),
        Unary("Neg", "neg"),
        Unary("Sign", "sign"),
        Unary("Floor", "floor"),
        Unary("Ceil", "ceil"),
        Unary("Round", "round"),
        Unary("Reciprocal", "reciprocal"),
        Unary("Sin", "sin"),
        Unary("Cos", "cos"),
        Unary("Tan", "tan"),
        Unary("Asin", "asin"),
        Unary("Acos", "acos"),
        Unary("Atan", "atan"),
        Unary("Sinh", "sinh"),
        Unary("Cosh", "cosh"),
        Unary("Tanh", "tanh"),
        Unary("Asinh", "asinh"),
        Unary("Acosh", "acosh"),
        Unary("Atanh", "atanh"),
    ];

    /// <summary>A kernel that is one operator of libtorch's with no settings.</summary>
    /// <param name="type">ONNX's operator.</param>
    /// <param name="name">libtorch's.</param>
    public static Kernel Unary(string type, string name) => Kernel.Of(type, (_, x) => Call(name, x[0]));

    /// <summary>A kernel that is one operator of libtorch's on two tensors that are broadcast to one shape.</summary>
    /// <param name="type">ONNX's operator.</param>
    /// <param name="name">libtorch's.</param>
    public static Kernel Binary(string type, string name) => Binary(type, (a, b) => Call(name, a, b));

    private static Kernel Binary(string type, Func<TorchTensor, TorchTensor, TorchTensor> combine) => Kernel.Of(
        type,
        (node, x) => node.Has("axis") ? throw node.Error("broadcasting along an axis (opset 6 and older) is not supported") : combine(x[0]!, x[1]!));

    // The result has the base's type, whichever the exponent has.
    private static TorchTensor Pow(TorchTensor value, TorchTensor exponent)
    {
        if (value.IsFloat() || !exponent.IsFloat())
        {
            using TorchTensor power = Call("pow.Tensor_Tensor", value, exponent);
            return power.As(value.Type);
        }

        using TorchTensor wide = value.As(TorchType.Float64);
        using TorchTensor result = Call("pow.Tensor_Tensor", wide, exponent);
        return result.As(value.Type);
    }

    private static TorchTensor Mod(OnnxNode node, TorchTensor?[] x) => node.Int("fmod", 0) switch
    {
        0 when x[0]!.IsFloat() => throw node.Error("floating-point numbers need fmod = 1"),
        0 => Call("remainder.Tensor", x[0], x[1]),
        _ => Call("fmod.Tensor", x[0], x[1]),
    };

    private static TorchTensor Mean(TorchTensor?[] x)
    {
        using TorchTensor sum = Fold(x, (a, b) => Call("add.Tensor", a, b));
        return Call("div.Scalar", sum, (double)x.Length);
    }

    private static TorchTensor Fold(TorchTensor?[] x, Func<TorchTensor, TorchTensor, TorchTensor> combine)
    {
        TorchTensor result = Call("alias", x[0]);
        foreach (TorchTensor? next in x.AsSpan(1))
        {
            using TorchTensor previous = result;
            result = combine(previous, next!);
        }

        return result;
    }

    private static TorchTensor Clip(OnnxNode node, TorchTensor?[] x)
    {
        TorchArgument least = Limit(1, "min");
        TorchArgument most = Limit(2, "max");
        return least.IsGiven || most.IsGiven ? Call("clamp", x[0], least, most) : Call("alias", x[0]);

        TorchArgument Limit(int index, string attribute) =>
            x.At(index) is { } given ? given.Scalar() : node.Has(attribute) ? node.Float(attribute, 0) : TorchArgument.None;
    }
}
