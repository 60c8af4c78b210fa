using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Normalisations, as inference computes them.</summary>
internal static class Normalizations
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("BatchNormalization", BatchNormalization),
        new Kernel("", "LayerNormalization", LayerNormalization),
        Kernel.Of("InstanceNormalization", InstanceNormalization),
        Kernel.Of("GroupNormalization", GroupNormalization),
        Kernel.Of("RMSNormalization", RmsNormalization),
        Kernel.Of("LpNormalization", LpNormalization),
        Kernel.Of("LRN", LocalResponseNormalization),
        new Kernel("", "Dropout", Dropout, 1, 2),
    ];

    // libtorch's own gives no gradients of the running mean and variance, which are merged like other weights: they go into scale and shift.
    private static TorchTensor BatchNormalization(OnnxNode node, TorchTensor?[] x)
    {
        if (node.Int("training_mode", 0) != 0 || (node.Opset < 7 && node.Int("is_test", 0) == 0) || node.Int("spatial", 1) == 0)
        {
            throw node.Error("training mode and statistics of single places are not supported");
        }

        using TorchTensor spread = Call("add.Scalar", x[4], node.Float("epsilon", 1e-5));
        using TorchTensor inverse = Call("rsqrt", spread);
        using TorchTensor scale = Call("mul.Tensor", x[1], inverse);
        using TorchTensor mean = Call("mul.Tensor", x[3], scale);
        using TorchTensor shift = Call("sub.Tensor", x[2], mean);
        using TorchTensor zeros = Call("zeros_like", scale);
        using TorchTensor ones = Call("ones_like", scale);
        using TorchTensor wide = x[0]!.As(scale.Type);
        using TorchTensor result = Call("batch_norm", wide, scale, shift, zeros, ones, false, 0.0, 0.0, false);
        return result.As(x[0]!.Type);
    }

    private static TorchTensor?[] LayerNormalization(OnnxNode node, TorchTensor?[] x)
    {
        TorchTensor values = x[0]!;
        int axis = node.Axis(node.Int("axis", -1), values.Rank());
        double epsilon = node.Float("epsilon", 1e-5);
        long[] shape = values.Sizes[axis..];
        using TorchTensor scale = Call("expand", x[1], shape);
        using TorchTensor? bias = x.At(2) is { } given ? Call("expand", given, shape) : null;
        TorchTensor result = Call("layer_norm", values, shape, scale, bias, epsilon);
        if (node.Outputs.Count == 1)
        {
            return [result];
        }

        // On their own: libtorch gives no gradients of those that it computes on the way.
        long[] axes = AxesFrom(axis, values);
        using TorchTensor variance = Call("var.correction", values, axes, 0L, true);
        using TorchTensor spread = Call("add.Scalar", variance, epsilon);
        return [result, Call("mean.dim", values, axes, true), Call("rsqrt", spread)];
    }

    private static long[] AxesFrom(int axis, TorchTensor x) => [.. Enumerable.Range(axis, x.Rank() - axis).Select(i => (long)i)];

    private static TorchTensor InstanceNormalization(OnnxNode node, TorchTensor?[] x) =>
        Call("instance_norm", x[0], x[1], x[2], TorchArgument.None, TorchArgument.None, true, 0.0, node.Float("epsilon", 1e-5), true);

    // Opset 18 has a scale and a bias for each group, later ones for each channel.
    private static TorchTensor GroupNormalization(OnnxNode node, TorchTensor?[] x)
    {
        long groups = node.Int("num_groups");
        using TorchTensor scale = PerChannel(x[1]!);
        using TorchTensor bias = PerChannel(x[2]!);
        return Call("group_norm", x[0], groups, scale, bias, node.Float("epsilon", 1e-5));

        TorchTensor PerChannel(TorchTensor values) =>
            node.Opset < 21 ? Call("repeat_interleave.self_int", values, x[0]!.Sizes[1] / groups) : Call("alias", values);
    }

    private static TorchTensor RmsNormalization(OnnxNode node, TorchTensor?[] x)
    {
        TorchTensor values = x[0]!;
        int axis = node.Axis(node.Int("axis", -1), values.Rank());

        // stash_type: sums of 16-bit numbers are taken in 32 bits.
        using TorchTensor wide = node.Int("stash_type", 1) == 1 && values.Type != TorchType.Float64 ? values.As(TorchType.Float32) : Call("alias", values);
        using TorchTensor squares = Call("mul.Tensor", wide, wide);
        using TorchTensor mean = Call("mean.dim", squares, AxesFrom(axis, values), true);
        using TorchTensor spread = Call("add.Scalar", mean, node.Float("epsilon", 1e-5));
        using TorchTensor inverse = Call("rsqrt", spread);
        using TorchTensor normal = Call("mul.Tensor", wide, inverse);
        using TorchTensor narrow = normal.As(values.Type);
        return Call("mul.Tensor", narrow, x[1]);
    }

    private static TorchTensor LpNormalization(OnnxNode node, TorchTensor?[] x)
    {
        long axis = node.Axis(node.Int("axis", -1), x[0]!.Rank());
        using TorchTensor norm = Call("linalg_vector_norm", x[0], (double)node.Int("p", 2), new[] { axis }, true);
        return Call("div.Tensor", x[0], norm);
    }

    // Divides by the mean square of the channels around each.
    private static TorchTensor LocalResponseNormalization(OnnxNode node, TorchTensor?[] x)
    {
        long size = node.Int("size");
        long[] sizes = x[0]!.Sizes;
        using TorchTensor squares = Call("mul.Tensor", x[0], x[0]);
        using TorchTensor planes = Call("reshape", squares, new[] { sizes[0], 1, sizes[1], -1 });
        using TorchTensor padded = Call("constant_pad_nd", planes, new[] { 0, 0, (size - 1) / 2, size / 2 }, 0.0);
        using TorchTensor means = Call("avg_pool2d", padded, new[] { size, 1 }, new[] { 1L, 1 });
        using TorchTensor shaped = Call("reshape", means, sizes);
        using TorchTensor scaled = Call("mul.Scalar", shaped, node.Float("alpha", 0.0001));
        using TorchTensor shifted = Call("add.Scalar", scaled, node.Float("bias", 1));
        using TorchTensor divisor = Call("pow.Tensor_Scalar", shifted, node.Float("beta", 0.75));
        return Call("div.Tensor", x[0], divisor);
    }

    private static TorchTensor?[] Dropout(OnnxNode node, TorchTensor?[] x)
    {
        double ratio = x.At(1) is { } given ? TorchData.Doubles(given)[0] : node.Float("ratio", 0.5);
        if (ratio != 0 && x.At(2) is { } training && TorchData.Ints(training)[0] != 0)
        {
            throw node.Error("training mode is not supported");
        }

        return [Call("alias", x[0]), node.Outputs.Count > 1 ? Call("ones_like", x[0], TorchType.Bool) : null];
    }
}
