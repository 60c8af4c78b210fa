using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Maxima and means over windows.</summary>
internal static class Pooling
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("MaxPool", MaxPool),
        Kernel.Of("AveragePool", AveragePool),
        Kernel.Of("GlobalMaxPool", (_, x) => Call("amax", x[0], Spatial(x[0]!), true)),
        Kernel.Of("GlobalAveragePool", (_, x) => Call("mean.dim", x[0], Spatial(x[0]!), true)),
    ];

    private static long[] Spatial(TorchTensor x) => [.. Enumerable.Range(2, x.Rank() - 2).Select(axis => (long)axis)];

    private static SlidingWindow Window(OnnxNode node, TorchTensor x) =>
        new SlidingWindow(node, x, node.Ints("kernel_shape") ?? throw node.Error("lacks the attribute 'kernel_shape'")).Same();

    // libtorch pads alike on both sides and by half a window at most.
    private static bool IsDirect(SlidingWindow window) => window.IsSymmetric && window.Begins.Zip(window.Size).All(axis => 2 * axis.First <= axis.Second);

    private static TorchTensor MaxPool(OnnxNode node, TorchTensor?[] x)
    {
        if (node.Outputs.Count > 1 && node.Outputs[1].Length > 0)
        {
            throw node.Error("the indices of the maxima are not supported");
        }

        SlidingWindow window = Window(node, x[0]!);
        bool ceiling = node.Int("ceil_mode", 0) != 0;
        string name = $"max_pool{window.Size.Length}d";

        // Integers as numbers that hold them exactly: of 8 bits, the widest that ONNX allows here.
        using TorchTensor values = x[0]!.IsFloat() ? Call("alias", x[0]) : x[0]!.As(TorchType.Float32);
        using TorchTensor result = IsDirect(window) ? Call(name, values, window.Size, window.Strides, window.Begins, window.Dilations, ceiling) : Padded();
        return result.As(x[0]!.Type);

        TorchTensor Padded()
        {
            long[] rest = window.Rest(ceiling);
            using TorchTensor padded = SlidingWindow.Pad(values, window.Begins, window.PerAxis(i => window.Ends[i] + rest[i]), double.NegativeInfinity);
            return Call(name, padded, window.Size, window.Strides, window.Same(0), window.Dilations);
        }
    }

    private static TorchTensor AveragePool(OnnxNode node, TorchTensor?[] x)
    {
        SlidingWindow window = Window(node, x[0]!);
        if (window.Dilations.Any(dilation => dilation != 1))
        {
            throw node.Error("dilations are not supported");
        }

        bool ceiling = node.Int("ceil_mode", 0) != 0;
        bool countsPadding = node.Int("count_include_pad", 0) != 0;
        string name = $"avg_pool{window.Size.Length}d";
        if (IsDirect(window))
        {
            return Call(name, x[0], window.Size, window.Strides, window.Begins, ceiling, countsPadding);
        }

        // The mean over whole windows, divided by the share of each window that counts.
        long[] rest = window.Rest(ceiling);
        using TorchTensor padded = SlidingWindow.Pad(x[0]!, window.Begins, window.PerAxis(i => window.Ends[i] + rest[i]), 0);
        using TorchTensor means = Call(name, padded, window.Size, window.Strides);
        using TorchTensor ones = Call("ones", new long[] { 1, 1 }.Concat(x[0]!.Sizes[2..]).ToArray(), x[0]!.Type, TorchArgument.None, x[0]!.Device());
        using TorchTensor within = SlidingWindow.Pad(ones, window.Begins, window.Ends, countsPadding ? 1 : 0);
        using TorchTensor counted = SlidingWindow.Pad(within, window.Same(0), rest, 0);
        using TorchTensor share = Call(name, counted, window.Size, window.Strides);
        return Call("div.Tensor", means, share);
    }
}
