using Search.Native.Torch;

namespace Search.Evaluation.Torch.Operators;

/// <summary>How a window slides over the spatial dimensions, those after batch and channel: what convolutions and poolings have in common.</summary>
internal sealed class SlidingWindow
{
    private readonly long[] _spatial;

    /// <summary>Reads a node's attributes.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">What the window slides over.</param>
    /// <param name="size">The window's size.</param>
    /// <exception cref="SearchException">The window has more than 3 dimensions, or <c>auto_pad</c> is unknown.</exception>
    public SlidingWindow(OnnxNode node, TorchTensor input, long[] size)
    {
        if (size.Length is < 1 or > 3 || input.Rank() != size.Length + 2)
        {
            throw node.Error($"a window of {size.Length} dimensions over a tensor of {input.Rank()} is not supported");
        }

        _spatial = input.Sizes[2..];
        Size = size;
        Strides = node.Ints("strides") ?? Same(1);
        Dilations = node.Ints("dilations") ?? Same(1);
        long[] pads = node.Ints("pads") ?? new long[2 * size.Length];
        Begins = pads[..size.Length];
        Ends = pads[size.Length..];
        AutoPad = node.Text("auto_pad", "NOTSET");
        if (AutoPad == "VALID")
        {
            Begins = Ends = Same(0);
        }
        else if (AutoPad is not ("NOTSET" or "SAME_UPPER" or "SAME_LOWER"))
        {
            throw node.Error($"auto_pad '{AutoPad}' is not supported");
        }
    }

    /// <summary>The window's elements along each axis.</summary>
    public long[] Size { get; }

    /// <summary>How far the window moves.</summary>
    public long[] Strides { get; }

    /// <summary>How far apart the window's elements lie.</summary>
    public long[] Dilations { get; }

    /// <summary>The padding in front.</summary>
    public long[] Begins { get; private set; }

    /// <summary>The padding behind.</summary>
    public long[] Ends { get; private set; }

    /// <summary>How the padding is chosen: NOTSET, VALID, SAME_UPPER or SAME_LOWER.</summary>
    public string AutoPad { get; }

    /// <summary>Whether there is as much padding in front as behind.</summary>
    public bool IsSymmetric => Begins.AsSpan().SequenceEqual(Ends);

    /// <summary>Chooses the padding that makes as many windows as strides fit into the input, where <c>auto_pad</c> asks for it.</summary>
    /// <returns>This.</returns>
    public SlidingWindow Same()
    {
        if (AutoPad.StartsWith("SAME", StringComparison.Ordinal))
        {
            Share(PerAxis(i => Math.Max(0, ((((_spatial[i] + Strides[i] - 1) / Strides[i]) - 1) * Strides[i]) + Extent(i) - _spatial[i])));
        }

        return this;
    }

    /// <summary>Splits paddings between front and behind; the odd one goes behind for SAME_UPPER, else in front.</summary>
    /// <param name="totals">The paddings of each axis.</param>
    public void Share(long[] totals)
    {
        Begins = PerAxis(i => AutoPad == "SAME_UPPER" ? totals[i] / 2 : totals[i] - (totals[i] / 2));
        Ends = PerAxis(i => totals[i] - Begins[i]);
    }

    /// <summary>How far a window reaches along an axis.</summary>
    /// <param name="axis">The axis, 0 for the first spatial one.</param>
    public long Extent(int axis) => ((Size[axis] - 1) * Dilations[axis]) + 1;

    /// <summary>What must be added behind the padding so that the last windows are whole; negative where elements are left over.</summary>
    /// <param name="ceiling">Whether a window may reach past the padding. One that would begin there is left out.</param>
    public long[] Rest(bool ceiling) => PerAxis(i =>
    {
        long room = _spatial[i] + Begins[i] + Ends[i];
        long steps = (room - Extent(i) + (ceiling ? Strides[i] - 1 : 0)) / Strides[i];
        steps = ceiling && steps * Strides[i] >= _spatial[i] + Begins[i] ? steps - 1 : steps;
        return (steps * Strides[i]) + Extent(i) - room;
    });

    /// <summary>One number for each spatial axis.</summary>
    /// <param name="value">The number of an axis, 0 for the first spatial one.</param>
    public long[] PerAxis(Func<int, long> value) => [.. Enumerable.Range(0, Size.Length).Select(value)];

    /// <summary>The same number for each spatial axis.</summary>
    /// <param name="value">The number.</param>
    public long[] Same(long value) => PerAxis(_ => value);

    /// <summary>Pads the spatial axes.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="begins">In front; cuts where it is negative.</param>
    /// <param name="ends">Behind; cuts where it is negative.</param>
    /// <param name="value">The value of the padding.</param>
    public static TorchTensor Pad(TorchTensor input, long[] begins, long[] ends, double value) => TorchLibrary.Call(
        "constant_pad_nd", input, Enumerable.Range(0, begins.Length).Reverse().SelectMany(i => new[] { begins[i], ends[i] }).ToArray(), input.Scalar(value));
}
