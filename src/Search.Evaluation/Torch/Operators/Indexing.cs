using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Operators that pick, place and pad elements.</summary>
internal static class Indexing
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("Gather", Gather),
        Kernel.Of("GatherElements", (node, x) => AtPlaces(node, x, (axis, places) => Call("gather", x[0], axis, places))),
        Kernel.Of("GatherND", GatherND),
        Kernel.Of("ScatterElements", (node, x) => AtPlaces(node, x, (axis, places) => Scatter(node, x[0]!, axis, places, x[2]!))),
        Kernel.Of("Scatter", (node, x) => AtPlaces(node, x, (axis, places) => Scatter(node, x[0]!, axis, places, x[2]!))),
        Kernel.Of("ScatterND", ScatterND),
        Kernel.Of("NonZero", (_, x) => NonZero(x[0]!), 0),
        Kernel.Of("Pad", Pad, 1, 2, 3),
        Kernel.Of("Trilu", (node, x) => Call(node.Int("upper", 1) != 0 ? "triu" : "tril", x[0], x.At(1) is { } k ? TorchData.Ints(k)[0] : 0L), 1),
    ];

    /// <summary>Counts places from the front.</summary>
    /// <param name="indices">The places, counted from the back where they are negative.</param>
    /// <param name="size">How many places there are.</param>
    public static TorchTensor FromFront(TorchTensor indices, long size)
    {
        using TorchTensor isNegative = Call("lt.Scalar", indices, 0L);
        using TorchTensor shift = Call("mul.Scalar", isNegative, size);
        return Call("add.Tensor", indices, shift);
    }

    private static TorchTensor Gather(OnnxNode node, TorchTensor?[] x)
    {
        int axis = node.Axis(node.Int("axis", 0), x[0]!.Rank());
        using TorchTensor indices = x[1]!.As(TorchType.Int64);
        if (axis == 0 && x[0]!.Rank() == 2 && x[0]!.IsFloat())
        {
            // Rows of a table: so its gradient is summed in half the time.
            using TorchTensor rows = FromFront(indices, x[0]!.Sizes[0]);
            return Call("embedding", x[0], rows);
        }

        return Call("index.Tensor", x[0], TorchArgument.OptionalTensors([.. new TorchTensor?[axis], indices]));
    }

    private static TorchTensor AtPlaces(OnnxNode node, TorchTensor?[] x, Func<long, TorchTensor, TorchTensor> function)
    {
        int axis = node.Axis(node.Int("axis", 0), x[0]!.Rank());
        using TorchTensor indices = x[1]!.As(TorchType.Int64);
        using TorchTensor places = FromFront(indices, x[0]!.Sizes[axis]);
        return function(axis, places);
    }

    private static TorchTensor Scatter(OnnxNode node, TorchTensor data, long axis, TorchTensor places, TorchTensor updates)
    {
        string reduction = node.Text("reduction", "none");
        return reduction == "none"
            ? Call("scatter.src", data, axis, places, updates)
            : Call("scatter_reduce.two", data, axis, places, updates, TorchArgument.Text(Reduction(node, reduction)));
    }

    private static string Reduction(OnnxNode node, string name) => name switch
    {
        "add" => "sum",
        "mul" => "prod",
        "max" => "amax",
        "min" => "amin",
        _ => throw node.Error($"reduction '{name}' is not supported"),
    };

    private static TorchTensor GatherND(OnnxNode node, TorchTensor?[] x)
    {
        int batches = (int)node.Int("batch_dims", 0);
        using var places = new Places(x[1]!, batches);
        return Call("index.Tensor", x[0], TorchArgument.OptionalTensors(places.PerAxis));
    }

    private static TorchTensor ScatterND(OnnxNode node, TorchTensor?[] x)
    {
        TorchTensor data = x[0]!;
        string reduction = node.Text("reduction", "none");
        using var places = new Places(x[1]!, 0);
        if (reduction is "none" or "add")
        {
            return Call("index_put", data, TorchArgument.OptionalTensors(places.PerAxis), x[2], reduction == "add");
        }

        // One row for each indexed element: its number among them decides where an update goes.
        long[] indexed = data.Sizes[..places.PerAxis.Length];
        TorchTensor number = Call("zeros_like", places.PerAxis[0]);
        for (int axis = 0; axis < indexed.Length; axis++)
        {
            using TorchTensor before = number;
            using TorchTensor scaled = Call("mul.Scalar", before, indexed[axis]);
            using TorchTensor place = FromFront(places.PerAxis[axis], indexed[axis]);
            number = Call("add.Tensor", scaled, place);
        }

        using (number)
        {
            using TorchTensor rows = Call("reshape", data, new[] { indexed.Aggregate((a, b) => a * b), -1 });
            using TorchTensor updates = Call("reshape", x[2], new[] { number.ElementCount, rows.Sizes[1] });
            using TorchTensor upright = Call("reshape", number, new[] { number.ElementCount, 1 });
            using TorchTensor spread = Call("expand", upright, updates.Sizes);
            using TorchTensor result = Call("scatter_reduce.two", rows, 0L, spread, updates, TorchArgument.Text(Reduction(node, reduction)));
            return Call("reshape", result, data.Sizes);
        }
    }

    // How many there are must not vary between runs, so this reads its input as numbers.
    private static TorchTensor NonZero(TorchTensor x)
    {
        using TorchTensor places = Call("nonzero", x);
        return Call("t", places);
    }

    private static TorchTensor Pad(OnnxNode node, TorchTensor?[] x)
    {
        TorchTensor values = x[0]!;
        int rank = values.Rank();
        long[] given = node.Ints(x, 1, "pads") ?? throw node.Error("lacks the pads");
        int[] axes = x.At(3) is { } chosen ? [.. TorchData.Ints(chosen).Select(axis => node.Axis(axis, rank))] : [.. Enumerable.Range(0, rank)];
        long[] begins = new long[rank];
        long[] ends = new long[rank];
        for (int i = 0; i < axes.Length; i++)
        {
            begins[axes[i]] = given[i];
            ends[axes[i]] = given[i + axes.Length];
        }

        string mode = node.Text("mode", "constant");
        if (mode == "constant")
        {
            TorchArgument value = x.At(2) is { } number ? number.Scalar() : values.Scalar(node.Float("value", 0));
            return Call("constant_pad_nd", values, Enumerable.Range(0, rank).Reverse().SelectMany(axis => new[] { begins[axis], ends[axis] }).ToArray(), value);
        }

        TorchTensor result = Call("alias", values);
        for (int axis = 0; axis < rank; axis++)
        {
            if (begins[axis] != 0 || ends[axis] != 0)
            {
                using TorchTensor previous = result;
                long size = values.Sizes[axis];
                long first = -begins[axis];
                long[] sources = [.. Enumerable.Range(0, (int)(size + begins[axis] + ends[axis])).Select(i => Source(node, mode, first + i, size))];
                using TorchTensor places = values.Beside(sources);
                result = Call("index_select", previous, (long)axis, places);
            }
        }

        return result;
    }

    // The element that a place outside stands for.
    private static long Source(OnnxNode node, string mode, long place, long size) => mode switch
    {
        "edge" => Math.Clamp(place, 0, size - 1),
        "wrap" => ((place % size) + size) % size,
        "reflect" when place > -size && place < (2 * size) - 1 => place < 0 ? -place : place < size ? place : (2 * size) - 2 - place,
        "reflect" => throw node.Error($"reflected padding must be smaller than the dimension of {size}"),
        _ => throw node.Error($"mode '{mode}' is not supported"),
    };

    // The last axis of a tensor of indices, one tensor an indexed axis; before them, those that count the batches.
    private sealed class Places : IDisposable
    {
        public Places(TorchTensor indices, int batches)
        {
            long[] sizes = indices.Sizes;
            int rank = sizes.Length - 1;
            PerAxis = new TorchTensor[batches + sizes[rank]];
            for (int axis = 0; axis < batches; axis++)
            {
                using TorchTensor range = Call("arange", sizes[axis], TorchType.Int64, TorchArgument.None, indices.Device());
                PerAxis[axis] = Call("reshape", range, Enumerable.Range(0, rank).Select(i => i == axis ? sizes[axis] : 1).ToArray());
            }

            for (int i = batches; i < PerAxis.Length; i++)
            {
                PerAxis[i] = Call("select.int", indices, (long)rank, (long)(i - batches));
            }
        }

        public TorchTensor[] PerAxis { get; }

        public void Dispose() => Array.ForEach(PerAxis, tensor => tensor.Dispose());
    }
}
