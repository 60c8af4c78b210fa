using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Convolutions over one to three spatial dimensions.</summary>
internal static class Convolutions
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("Conv", Conv),
        Kernel.Of("ConvTranspose", ConvTranspose),
    ];

    private static TorchTensor Conv(OnnxNode node, TorchTensor?[] x)
    {
        SlidingWindow window = new SlidingWindow(node, x[0]!, x[1]!.Sizes[2..]).Same();
        using TorchTensor input = window.IsSymmetric ? Call("alias", x[0]) : SlidingWindow.Pad(x[0]!, window.Begins, window.Ends, 0);
        long[] padding = window.IsSymmetric ? window.Begins : window.Same(0);
        return Call("convolution", input, x[1], x.At(2), window.Strides, padding, window.Dilations, false, window.Same(0), node.Int("group", 1));
    }

    private static TorchTensor ConvTranspose(OnnxNode node, TorchTensor?[] x)
    {
        var window = new SlidingWindow(node, x[0]!, x[1]!.Sizes[2..]);
        long[] extra = node.Ints("output_padding") ?? window.Same(0);
        long[] spatial = x[0]!.Sizes[2..];
        long[]? wanted = node.Ints("output_shape")?[^spatial.Length..];
        if (wanted is null && window.AutoPad.StartsWith("SAME", StringComparison.Ordinal))
        {
            wanted = window.PerAxis(i => spatial[i] * window.Strides[i]);
        }

        if (wanted is not null)
        {
            // Where the whole result is smaller than what is wanted, the rest is added behind.
            long[] surplus = window.PerAxis(i => (window.Strides[i] * (spatial[i] - 1)) + extra[i] + window.Extent(i) - wanted[i]);
            extra = window.PerAxis(i => extra[i] + Math.Max(0, -surplus[i]));
            window.Share(window.PerAxis(i => Math.Max(0, surplus[i])));
        }

        bool symmetric = window.IsSymmetric;
        using TorchTensor whole = Call(
            "convolution", x[0], x[1], x.At(2), window.Strides, symmetric ? window.Begins : window.Same(0), window.Dilations, true, extra, node.Int("group", 1));
        return symmetric
            ? Call("alias", whole)
            : SlidingWindow.Pad(whole, window.PerAxis(i => -window.Begins[i]), window.PerAxis(i => -window.Ends[i]), 0);
    }
}
