using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Attention and rotary embeddings, which opset 23 and later have whole.</summary>
internal static class Attentions
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        new Kernel("", "Attention", Attention),
        Kernel.Of("RotaryEmbedding", RotaryEmbedding),
    ];

    // Vaswani et al. 2017, eq. 1, with masks and a cap on the scores; the tensors are [batch, head, place, feature] within.
    private static TorchTensor?[] Attention(OnnxNode node, TorchTensor?[] x)
    {
        using TorchTensor query = ByHead(node, x[0]!, "q_num_heads");
        using TorchTensor newKey = ByHead(node, x[1]!, "kv_num_heads");
        using TorchTensor newValue = ByHead(node, x[2]!, "kv_num_heads");
        TorchTensor key = Appended(x.At(4), newKey);
        TorchTensor value = Appended(x.At(5), newValue);
        using TorchTensor sharedKey = Shared(key, query.Sizes[1]);
        using TorchTensor sharedValue = Shared(value, query.Sizes[1]);
        using TorchTensor turned = Call("transpose.int", sharedKey, -2L, -1L);
        using TorchTensor scaled = Call("mul.Scalar", query, node.Float("scale", 1 / Math.Sqrt(query.Sizes[3])));
        TorchTensor scores = Call("matmul", scaled, turned);
        TorchTensor? wanted = null;
        KeepIfWanted(0);
        if (x.At(3) is { } mask)
        {
            // A mask of fewer columns hides the rest.
            bool isBool = mask.Type == TorchType.Bool;
            using TorchTensor whole = Call(
                "constant_pad_nd", mask, new[] { 0, key.Sizes[2] - mask.Sizes[^1] }, isBool ? 0L : (TorchArgument)double.NegativeInfinity);
            Then(before => isBool ? Visible(before, whole) : Call("add.Tensor", before, whole));
        }

        if (node.Int("is_causal", 0) != 0)
        {
            using TorchTensor all = Call("ones", scores.Sizes[2..], TorchType.Bool, TorchArgument.None, scores.Device());
            using TorchTensor earlier = Call("tril", all, key.Sizes[2] - newKey.Sizes[2]);
            Then(before => Visible(before, earlier));
        }

        if (x.At(6) is { } lengths)
        {
            using TorchTensor places = Call("arange", key.Sizes[2], TorchType.Int64, TorchArgument.None, scores.Device());
            using TorchTensor ends = Call("reshape", lengths, new[] { -1L, 1, 1, 1 });
            using TorchTensor isKey = Call("lt.Tensor", places, ends);
            Then(before => Visible(before, isKey));
        }

        KeepIfWanted(1);
        double cap = node.Float("softcap", 0);
        if (cap > 0)
        {
            Then(before => Call("div.Scalar", before, cap));
            Then(before => Call("tanh", before));
            Then(before => Call("mul.Scalar", before, cap));
        }

        KeepIfWanted(2);
        TorchType precision = node.Has("softmax_precision") ? Creation.Type(node, node.Int("softmax_precision")) : scores.Type;
        Then(before => Call("softmax.int", before, -1L, precision));
        Then(before => before.As(query.Type));
        KeepIfWanted(3);
        Then(before => Call("matmul", before, sharedValue));
        if (x[0]!.Rank() == 3)
        {
            Then(before => Call("transpose.int", before, 1L, 2L));
            Then(before => Call("flatten.using_ints", before, 2L));
        }

        return [scores, key, value, wanted];

        void Then(Func<TorchTensor, TorchTensor> step)
        {
            using TorchTensor before = scores;
            scores = step(before);
        }

        void KeepIfWanted(int stage) => wanted = node.Int("qk_matmul_output_mode", 0) == stage ? Call("alias", scores) : wanted;
    }

    private static TorchTensor ByHead(OnnxNode node, TorchTensor x, string heads)
    {
        if (x.Rank() == 4)
        {
            return Call("alias", x);
        }

        using TorchTensor split = Call("reshape", x, new[] { x.Sizes[0], x.Sizes[1], node.Int(heads), -1 });
        return Call("transpose.int", split, 1L, 2L);
    }

    private static TorchTensor Appended(TorchTensor? past, TorchTensor x) => past is null ? Call("alias", x) : Call("cat", new[] { past, x }, 2L);

    // Queries of several heads may share keys and values.
    private static TorchTensor Shared(TorchTensor x, long heads) =>
        x.Sizes[1] == heads ? Call("alias", x) : Call("repeat_interleave.self_int", x, heads / x.Sizes[1], 1L);

    private static TorchTensor Visible(TorchTensor scores, TorchTensor mask)
    {
        using TorchTensor isHidden = Call("logical_not", mask);
        return Call("masked_fill.Scalar", scores, isHidden, double.NegativeInfinity);
    }

    // Su et al. 2021, eq. 34: pairs of features are turned by an angle that their place gives.
    private static TorchTensor RotaryEmbedding(OnnxNode node, TorchTensor?[] x)
    {
        bool isFlat = x[0]!.Rank() == 3;
        bool isInterleaved = node.Int("interleaved", 0) != 0;
        using TorchTensor values = isFlat
            ? Call("reshape", x[0], new[] { x[0]!.Sizes[0], x[0]!.Sizes[1], node.Int("num_heads"), -1 })
            : Call("alias", x[0]);
        long features = values.Sizes[3];
        long turning = node.Int("rotary_embedding_dim", 0) is > 0 and long some ? some : features;
        using TorchTensor cos = PerPlace(x[1]!);
        using TorchTensor sin = PerPlace(x[2]!);
        using TorchTensor first = isInterleaved ? Part(0, turning, 2) : Part(0, turning / 2, 1);
        using TorchTensor second = isInterleaved ? Part(1, turning, 2) : Part(turning / 2, turning, 1);
        using TorchTensor rest = Part(turning, features, 1);
        using TorchTensor firstCos = Call("mul.Tensor", first, cos);
        using TorchTensor firstSin = Call("mul.Tensor", first, sin);
        using TorchTensor secondCos = Call("mul.Tensor", second, cos);
        using TorchTensor secondSin = Call("mul.Tensor", second, sin);
        using TorchTensor newFirst = Call("sub.Tensor", firstCos, secondSin);
        using TorchTensor newSecond = Call("add.Tensor", firstSin, secondCos);
        using TorchTensor turned = isInterleaved ? Interleaved(newFirst, newSecond) : Call("cat", new[] { newFirst, newSecond }, 3L);
        using TorchTensor result = Call("cat", new[] { turned, rest }, 3L);
        return Call("reshape", result, x[0]!.Sizes);

        TorchTensor Part(long start, long end, long step) => Call("slice.Tensor", values, 3L, start, end, step);

        TorchTensor PerPlace(TorchTensor table)
        {
            using TorchTensor chosen = x.At(3) is { } places ? Call("index.Tensor", table, TorchArgument.OptionalTensors([places])) : Call("alias", table);
            return Call("unsqueeze", chosen, isFlat ? 2L : 1L);
        }
    }

    private static TorchTensor Interleaved(TorchTensor first, TorchTensor second)
    {
        using TorchTensor pairs = Call("stack", new[] { first, second }, -1L);
        return Call("flatten.using_ints", pairs, -2L);
    }
}
