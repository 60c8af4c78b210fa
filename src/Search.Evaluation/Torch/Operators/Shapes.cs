using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Operators that arrange elements anew: other dimensions, other order, joined, cut and repeated.</summary>
internal static class Shapes
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Elementwise.Unary("Identity", "alias"),
        Kernel.Of("Shape", (node, x) => TorchData.Of(Shape(node, x[0]!)).Owned()),
        Kernel.Of("Size", (_, x) => TorchTensor.Wrap<long>(new[] { x[0]!.ElementCount }, []).Owned()),
        Kernel.Of("Reshape", Reshape, 1),
        Kernel.Of("Flatten", Flatten),
        Kernel.Of("Squeeze", Squeeze, 1),
        Kernel.Of("Unsqueeze", Unsqueeze, 1),
        Kernel.Of("Transpose", Transpose),
        Kernel.Of("Concat", (node, x) => Call("cat", x.Select(input => input!).ToArray(), (long)node.Axis(node.Int("axis"), x[0]!.Rank()))),
        new Kernel("", "Split", Split, 1),
        Kernel.Of("Slice", Slice, 1, 2, 3, 4),
        Kernel.Of("Expand", Expand, 1),
        Kernel.Of("Tile", (_, x) => Call("repeat", x[0], TorchData.Ints(x[1]!)), 1),
        Kernel.Of("DepthToSpace", DepthToSpace),
        Kernel.Of("SpaceToDepth", SpaceToDepth),
    ];

    // start and end are clamped, as those of a slice.
    private static long[] Shape(OnnxNode node, TorchTensor x)
    {
        int rank = x.Rank();
        int start = Place(node.Int("start", 0));
        int end = Place(node.Int("end", rank));
        return start < end ? x.Sizes[start..end] : [];

        int Place(long axis) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
    }

    private static TorchTensor Reshape(OnnxNode node, TorchTensor?[] x)
    {
        long[] shape = TorchData.Ints(x[1]!);
        if (node.Int("allowzero", 0) == 0)
        {
            for (int i = 0; i < shape.Length; i++)
            {
                shape[i] = shape[i] != 0 ? shape[i]
                    : i < x[0]!.Rank() ? x[0]!.Sizes[i]
                    : throw node.Error($"dimension {i} is to be copied from a tensor with {x[0]!.Rank()} dimensions");
            }
        }

        return Call("reshape", x[0], shape);
    }

    private static TorchTensor Flatten(OnnxNode node, TorchTensor?[] x)
    {
        long[] sizes = x[0]!.Sizes;
        long axis = node.Int("axis", 1);
        int split = axis == sizes.Length ? sizes.Length : node.Axis(axis, sizes.Length);
        return Call("reshape", x[0], new[] { Product(sizes.AsSpan(0, split)), Product(sizes.AsSpan(split)) });
    }

    private static long Product(ReadOnlySpan<long> sizes)
    {
        long product = 1;
        foreach (long size in sizes)
        {
            product *= size;
        }

        return product;
    }

    private static TorchTensor Squeeze(OnnxNode node, TorchTensor?[] x)
    {
        long[] sizes = x[0]!.Sizes;
        HashSet<int> axes = node.Ints(x, 1, "axes") is { } given
            ? [.. given.Select(axis => node.Axis(axis, sizes.Length))]
            : [.. Enumerable.Range(0, sizes.Length).Where(axis => sizes[axis] == 1)];
        return axes.All(axis => sizes[axis] == 1)
            ? Call("reshape", x[0], sizes.Where((_, axis) => !axes.Contains(axis)).ToArray())
            : throw node.Error($"not every axis of {string.Join(", ", axes)} has 1 element in [{string.Join(", ", sizes)}]");
    }

    private static TorchTensor Unsqueeze(OnnxNode node, TorchTensor?[] x)
    {
        long[] given = node.Ints(x, 1, "axes") ?? throw node.Error("lacks the axes");
        int rank = x[0]!.Rank() + given.Length;
        HashSet<int> axes = [.. given.Select(axis => node.Axis(axis, rank))];
        Queue<long> sizes = new(x[0]!.Sizes);
        return axes.Count == given.Length
            ? Call("reshape", x[0], Enumerable.Range(0, rank).Select(axis => axes.Contains(axis) ? 1 : sizes.Dequeue()).ToArray())
            : throw node.Error($"an axis comes twice in {string.Join(", ", given)}");
    }

    private static TorchTensor Transpose(OnnxNode node, TorchTensor?[] x) =>
        Call("permute", x[0], node.Ints("perm") ?? [.. Enumerable.Range(0, x[0]!.Rank()).Reverse().Select(axis => (long)axis)]);

    private static TorchTensor?[] Split(OnnxNode node, TorchTensor?[] x)
    {
        int axis = node.Axis(node.Int("axis", 0), x[0]!.Rank());
        long size = x[0]!.Sizes[axis];
        long[]? parts = node.Ints(x, 1, "split");
        if (parts is null)
        {
            // The last part is the smaller one where they cannot be equal.
            long count = node.Int("num_outputs", node.Outputs.Count);
            long part = (size + count - 1) / count;
            parts = [.. Enumerable.Range(0, (int)count).Select(i => Math.Clamp(size - (i * part), 0, part))];
        }

        return CallAll("split_with_sizes", x[0], parts, (long)axis);
    }

    private static TorchTensor Slice(OnnxNode node, TorchTensor?[] x)
    {
        long[] starts = node.Ints(x, 1, "starts") ?? throw node.Error("lacks the starts");
        long[] ends = node.Ints(x, 2, "ends") ?? throw node.Error("lacks the ends");
        long[]? axes = node.Ints(x, 3, "axes");
        long[]? steps = x.At(4) is { } given ? TorchData.Ints(given) : null;
        TorchTensor result = Call("alias", x[0]);
        for (int i = 0; i < starts.Length; i++)
        {
            using TorchTensor previous = result;
            result = Slice(previous, node.Axis(axes?[i] ?? i, x[0]!.Rank()), starts[i], ends[i], steps?[i] ?? 1);
        }

        return result;
    }

    private static TorchTensor Slice(TorchTensor x, int axis, long start, long end, long step)
    {
        long size = x.Sizes[axis];
        if (step > 0)
        {
            return Call("slice.Tensor", x, (long)axis, Math.Clamp(FromFront(start), 0, size), Math.Clamp(FromFront(end), 0, size), step);
        }

        // Backwards is forwards in the flipped tensor, where place p is size - 1 - p.
        using TorchTensor flipped = Call("flip", x, new long[] { axis });
        long first = size - 1 - Math.Clamp(FromFront(start), -1, size - 1);
        long last = size - 1 - Math.Clamp(FromFront(end), -1, size - 1);
        return Call("slice.Tensor", flipped, (long)axis, first, last, -step);

        long FromFront(long place) => place < 0 ? place + size : place;
    }

    // Both broadcast: a 1 of the wanted shape keeps the tensor's own dimension.
    private static TorchTensor Expand(OnnxNode node, TorchTensor?[] x)
    {
        long[] wanted = TorchData.Ints(x[1]!);
        long[] sizes = x[0]!.Sizes;
        int rank = Math.Max(wanted.Length, sizes.Length);
        long At(long[] shape, int axis) => axis < rank - shape.Length ? 1 : shape[axis - rank + shape.Length];
        return Call("expand", x[0], Enumerable.Range(0, rank).Select(axis => At(wanted, axis) == 1 ? At(sizes, axis) : At(wanted, axis)).ToArray());
    }

    private static TorchTensor DepthToSpace(OnnxNode node, TorchTensor?[] x)
    {
        long block = node.Int("blocksize");
        if (node.Text("mode", "DCR") == "CRD")
        {
            return Call("pixel_shuffle", x[0], block);
        }

        long[] sizes = x[0]!.Sizes;
        using TorchTensor parts = Call("reshape", x[0], new[] { sizes[0], block, block, sizes[1] / (block * block), sizes[2], sizes[3] });
        using TorchTensor ordered = Call("permute", parts, new[] { 0L, 3, 4, 1, 5, 2 });
        return Call("reshape", ordered, new[] { sizes[0], sizes[1] / (block * block), sizes[2] * block, sizes[3] * block });
    }

    private static TorchTensor SpaceToDepth(OnnxNode node, TorchTensor?[] x)
    {
        long block = node.Int("blocksize");
        long[] sizes = x[0]!.Sizes;
        using TorchTensor parts = Call("reshape", x[0], new[] { sizes[0], sizes[1], sizes[2] / block, block, sizes[3] / block, block });
        using TorchTensor ordered = Call("permute", parts, new[] { 0L, 3, 5, 1, 2, 4 });
        return Call("reshape", ordered, new[] { sizes[0], sizes[1] * block * block, sizes[2] / block, sizes[3] / block });
    }
}
