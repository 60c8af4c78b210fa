using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Activation functions.</summary>
internal static class Activations
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Elementwise.Unary("Relu", "relu"),
        Elementwise.Unary("Sigmoid", "sigmoid"),
        Elementwise.Unary("Softplus", "softplus"),
        Elementwise.Unary("HardSwish", "hardswish"),
        Elementwise.Unary("Mish", "mish"),
        Kernel.Of("LeakyRelu", (node, x) => Call("leaky_relu", x[0], node.Float("alpha", 0.01))),
        Kernel.Of("Elu", (node, x) => Call("elu", x[0], node.Float("alpha", 1))),
        Kernel.Of("Celu", (node, x) => Call("celu", x[0], node.Float("alpha", 1))),
        Kernel.Of("Selu", (node, x) => Call("elu", x[0], node.Float("alpha", 1.67326319217681884765625), node.Float("gamma", 1.05070102214813232421875))),
        Kernel.Of("ThresholdedRelu", (node, x) => Call("threshold", x[0], node.Float("alpha", 1), 0.0)),
        Kernel.Of("Gelu", (node, x) => Call("gelu", x[0], TorchArgument.Text(node.Text("approximate", "none")))),
        Kernel.Of("Swish", (node, x) => Swish(x[0]!, node.Float("alpha", 1))),
        Kernel.Of("HardSigmoid", HardSigmoid),
        Kernel.Of("Shrink", Shrink),
        Kernel.Of("Softsign", (_, x) => Softsign(x[0]!)),
        Kernel.Of("PRelu", PRelu),
        Kernel.Of("Softmax", (node, x) => AlongAxis(node, x[0]!, (values, axis) => Call("softmax.int", values, axis))),
        Kernel.Of("LogSoftmax", (node, x) => AlongAxis(node, x[0]!, (values, axis) => Call("log_softmax.int", values, axis))),
        Kernel.Of("Hardmax", (node, x) => AlongAxis(node, x[0]!, Hardmax)),
    ];

    private static TorchTensor Swish(TorchTensor x, double alpha)
    {
        using TorchTensor scaled = Call("mul.Scalar", x, alpha);
        using TorchTensor share = Call("sigmoid", scaled);
        return Call("mul.Tensor", x, share);
    }

    private static TorchTensor HardSigmoid(OnnxNode node, TorchTensor?[] x)
    {
        double alpha = node.Float("alpha", 0.2);
        double beta = node.Float("beta", 0.5);
        if (alpha == 1f / 6 && beta == 0.5)
        {
            return Call("hardsigmoid", x[0]);
        }

        using TorchTensor scaled = Call("mul.Scalar", x[0], alpha);
        using TorchTensor shifted = Call("add.Scalar", scaled, beta);
        return Call("clamp", shifted, 0.0, 1.0);
    }

    private static TorchTensor Shrink(OnnxNode node, TorchTensor?[] x)
    {
        using TorchTensor sign = Call("sign", x[0]);
        using TorchTensor closer = Call("sub.Tensor", x[0], sign, x[0]!.Scalar(node.Float("bias", 0)));
        using TorchTensor size = Call("abs", x[0]);
        using TorchTensor isFar = Call("gt.Scalar", size, node.Float("lambd", 0.5));
        return Call("mul.Tensor", closer, isFar);
    }

    private static TorchTensor Softsign(TorchTensor x)
    {
        using TorchTensor size = Call("abs", x);
        using TorchTensor divisor = Call("add.Scalar", size, 1.0);
        return Call("div.Tensor", x, divisor);
    }

    // libtorch's own takes slopes of fewer shapes.
    private static TorchTensor PRelu(OnnxNode node, TorchTensor?[] x)
    {
        // Up to opset 6 the slopes are the channels', later they are broadcast.
        using TorchTensor slope = node.Opset < 7 && x[1]!.Rank() == 1
            ? Call("reshape", x[1], new[] { -1L }.Concat(Enumerable.Repeat(1L, x[0]!.Rank() - 2)).ToArray())
            : Call("alias", x[1]);
        using TorchTensor scaled = Call("mul.Tensor", x[0], slope);
        using TorchTensor isNegative = Call("lt.Scalar", x[0], 0L);
        return Call("where.self", isNegative, scaled, x[0]);
    }

    private static TorchTensor Hardmax(TorchTensor x, long axis)
    {
        using TorchTensor highest = Call("argmax", x, axis, true);
        using TorchTensor zeros = Call("zeros_like", x);
        return Call("scatter.value", zeros, axis, highest, 1L);
    }

    // Before opset 13 the axis splits the dimensions in two, and the function runs over all of the second part.
    private static TorchTensor AlongAxis(OnnxNode node, TorchTensor x, Func<TorchTensor, long, TorchTensor> function)
    {
        int axis = node.Axis(node.Int("axis", node.Opset < 13 ? 1 : -1), x.Rank());
        if (node.Opset >= 13 || axis == x.Rank() - 1)
        {
            return function(x, axis);
        }

        using TorchTensor flat = Call("flatten.using_ints", x, (long)axis);
        using TorchTensor result = function(flat, axis);
        return Call("reshape", result, x.Sizes);
    }
}
