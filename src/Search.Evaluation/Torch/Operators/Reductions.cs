using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Sums, extremes and orders along axes.</summary>
internal static class Reductions
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Reduce("ReduceSum", (x, axes, keep) => Sum(x, axes, keep)),
        Reduce("ReduceMean", (x, axes, keep) => Call("mean.dim", x, axes, keep)),
        Reduce("ReduceMax", (x, axes, keep) => Call("amax", x, axes, keep)),
        Reduce("ReduceMin", (x, axes, keep) => Call("amin", x, axes, keep)),
        Reduce("ReduceProd", Prod),
        Reduce("ReduceL1", (x, axes, keep) => Of(Call("abs", x), absolute => Sum(absolute, axes, keep))),
        Reduce("ReduceL2", (x, axes, keep) => Call("linalg_vector_norm", x, 2.0, axes, keep)),
        Reduce("ReduceLogSum", (x, axes, keep) => Of(Sum(x, axes, keep), sum => Call("log", sum))),
        Reduce("ReduceLogSumExp", (x, axes, keep) => Call("logsumexp", x, axes, keep)),
        Reduce("ReduceSumSquare", (x, axes, keep) => Of(Call("mul.Tensor", x, x), square => Sum(square, axes, keep))),
        Kernel.Of("ArgMax", (node, x) => Extreme(node, x[0]!, "argmax")),
        Kernel.Of("ArgMin", (node, x) => Extreme(node, x[0]!, "argmin")),
        new Kernel("", "TopK", TopK, 1),
        Kernel.Of("CumSum", CumSum, 1),
    ];

    private static Kernel Reduce(string type, Func<TorchTensor, long[], bool, TorchTensor> reduce) => Kernel.Of(
        type,
        (node, x) =>
        {
            TorchTensor values = x[0]!;
            long[] axes = node.Ints(x, 1, "axes") ?? [];
            if (axes.Length == 0 && node.Int("noop_with_empty_axes", 0) != 0)
            {
                return type is "ReduceSum" or "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceProd"
                    ? Call("alias", values)
                    : throw node.Error("noop_with_empty_axes without axes is not supported");
            }

            int rank = values.Rank();
            axes = axes.Length == 0 ? [.. Enumerable.Range(0, rank).Select(axis => (long)axis)] : [.. axes.Select(axis => (long)node.Axis(axis, rank))];
            return reduce(values, axes, node.Int("keepdims", 1) != 0);
        },
        1);

    private static TorchTensor Of(TorchTensor intermediate, Func<TorchTensor, TorchTensor> function)
    {
        using (intermediate)
        {
            return function(intermediate);
        }
    }

    private static TorchTensor Sum(TorchTensor x, long[] axes, bool keep) => Call("sum.dim_IntList", x, axes, keep, x.Type);

    private static TorchTensor Prod(TorchTensor x, long[] axes, bool keep)
    {
        TorchTensor result = Call("alias", x);
        foreach (long axis in axes.OrderDescending())
        {
            using TorchTensor previous = result;
            result = Call("prod.dim_int", previous, axis, keep, x.Type);
        }

        return result;
    }

    private static TorchTensor Extreme(OnnxNode node, TorchTensor x, string name)
    {
        long axis = node.Axis(node.Int("axis", 0), x.Rank());
        bool keep = node.Int("keepdims", 1) != 0;
        if (node.Int("select_last_index", 0) == 0)
        {
            return Call(name, x, axis, keep);
        }

        using TorchTensor flipped = Call("flip", x, new[] { axis });
        using TorchTensor fromBack = Call(name, flipped, axis, keep);
        return Call("rsub.Scalar", fromBack, x.Sizes[axis] - 1);
    }

    // A stable sort: of equal elements the first come first, which libtorch's own topk does not promise.
    private static TorchTensor?[] TopK(OnnxNode node, TorchTensor?[] x)
    {
        long k = x.At(1) is { } count ? TorchData.Ints(count)[0] : node.Int("k");
        long axis = node.Axis(node.Int("axis", -1), x[0]!.Rank());
        if (k > x[0]!.Sizes[axis])
        {
            throw node.Error($"the {k} largest of {x[0]!.Sizes[axis]} elements");
        }

        TorchTensor?[] sorted = CallAll("sort.stable", x[0], true, axis, node.Int("largest", 1) != 0);
        using TorchTensor values = sorted[0]!;
        using TorchTensor places = sorted[1]!;
        return [Call("slice.Tensor", values, axis, 0L, k), Call("slice.Tensor", places, axis, 0L, k)];
    }

    private static TorchTensor CumSum(OnnxNode node, TorchTensor?[] x)
    {
        TorchTensor values = x[0]!;
        long axis = node.Axis(TorchData.Ints(x[1]!)[0], values.Rank());
        bool reverse = node.Int("reverse", 0) != 0;
        using TorchTensor ordered = reverse ? Call("flip", values, new[] { axis }) : Call("alias", values);
        using TorchTensor sums = Call("cumsum", ordered, axis, values.Type);
        using TorchTensor result = node.Int("exclusive", 0) != 0 ? Shifted(sums, axis) : Call("alias", sums);
        return reverse ? Call("flip", result, new[] { axis }) : Call("alias", result);
    }

    // A zero in front, the last sum left out.
    private static TorchTensor Shifted(TorchTensor sums, long axis)
    {
        using TorchTensor earlier = Call("slice.Tensor", sums, axis, 0L, -1L);
        using TorchTensor first = Call("slice.Tensor", sums, axis, 0L, 1L);
        using TorchTensor zero = Call("zeros_like", first);
        return Call("cat", new[] { zero, earlier }, axis);
    }
}
