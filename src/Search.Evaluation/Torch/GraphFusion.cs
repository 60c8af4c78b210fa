using Search.Evaluation.Torch.Operators;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// Recognises what exporters spell out (normalisations, GELU, SiLU, attention, products with a bias) and puts one node in its place. A
/// pattern's inner values that nobody else reads fall away; where somebody does, they are still made.
/// </summary>
internal sealed class GraphFusion : GraphPatterns
{
    private const double SqrtHalf = 0.70710678118654752;
    private const double SqrtTwoOverPi = 0.79788456080286536;
    private const double Cubic = 0.044715;

    private GraphFusion(IReadOnlyList<OnnxNode> nodes, IReadOnlyDictionary<string, TorchTensor> known, IReadOnlyDictionary<string, TorchTensor> varying)
        : base(nodes, known, varying)
    {
    }

    /// <summary>Fuses.</summary>
    /// <param name="nodes">The nodes, each after those it reads from.</param>
    /// <param name="known">Constants and folded values, by name.</param>
    /// <param name="varying">Every other value, by name: its shape and type are looked at, its elements are not.</param>
    /// <param name="outputs">Values that must stay.</param>
    /// <returns>Fewer nodes that compute the same.</returns>
    public static IReadOnlyList<OnnxNode> Apply(
        IReadOnlyList<OnnxNode> nodes, IReadOnlyDictionary<string, TorchTensor> known, IReadOnlyDictionary<string, TorchTensor> varying, IReadOnlyList<string> outputs)
    {
        nodes = WithoutIdentities(nodes, varying, outputs);
        var fusion = new GraphFusion(nodes, known, varying);
        Dictionary<string, OnnxNode> replaced = new(StringComparer.Ordinal); // by the value made
        foreach (OnnxNode node in nodes)
        {
            OnnxNode? fused = fusion.LayerNorm(node) ?? fusion.RmsNorm(node) ?? fusion.Gelu(node) ?? fusion.Silu(node)
                ?? fusion.Attention(node) ?? fusion.Linear(node) ?? fusion.Select(node);
            if (fused is not null)
            {
                replaced[fused.Outputs[0]] = fused;
            }
        }

        return WithoutUnread([.. nodes.Select(node => node.Outputs is [{ } output, ..] && replaced.TryGetValue(output, out OnnxNode? instead) ? instead : node)], outputs);
    }

    // Casts to the type that a value has already would hide patterns.
    private static List<OnnxNode> WithoutIdentities(IReadOnlyList<OnnxNode> nodes, IReadOnlyDictionary<string, TorchTensor> varying, IReadOnlyList<string> outputs)
    {
        Dictionary<string, string> same = new(StringComparer.Ordinal);
        List<OnnxNode> kept = [];
        foreach (OnnxNode node in nodes)
        {
            OnnxNode reading = node.Inputs.Any(same.ContainsKey) ? node.Reading([.. node.Inputs.Select(input => same.GetValueOrDefault(input, input))]) : node;
            if ((Is(node, "Cast") || Is(node, "Identity")) && varying[node.Inputs[0]].Type == varying[node.Outputs[0]].Type && !outputs.Contains(node.Outputs[0]))
            {
                same.Add(node.Outputs[0], reading.Inputs[0]);
            }
            else
            {
                kept.Add(reading);
            }
        }

        return kept;
    }

    private static List<OnnxNode> WithoutUnread(OnnxNode[] nodes, IReadOnlyList<string> outputs)
    {
        HashSet<string> wanted = [.. outputs];
        List<OnnxNode> kept = [];
        foreach (OnnxNode node in nodes.Reverse())
        {
            if (node.Outputs.Any(wanted.Contains))
            {
                kept.Add(node);
                wanted.UnionWith(node.Inputs);
            }
        }

        kept.Reverse();
        return kept;
    }

    // (x − mean) / sqrt(mean((x − mean)²) + ε), then · w, then + b.
    private OnnxNode? LayerNorm(OnnxNode div)
    {
        if (!Is(div, "Div") || Maker(div.Inputs[1], "Sqrt") is not { } sqrt || Maker(div.Inputs[0], "Sub") is not { } sub
            || Sum(sqrt.Inputs[0]) is not var (variance, epsilon) || Maker(variance, "ReduceMean") is not { } square
            || Maker(sub.Inputs[1], "ReduceMean") is not { } mean || mean.Inputs[0] != sub.Inputs[0]
            || !IsSquare(square.Inputs[0], sub.Outputs[0])
            || TrailingAxes(mean) is not int axes || TrailingAxes(square) != axes)
        {
            return null;
        }

        string x = sub.Inputs[0];
        long[] shape = Value(x)!.Sizes[^axes..];
        string weight = "";
        string bias = "";
        OnnxNode last = div;
        if (OnlyReader(last, "Mul") is { } scale && Other(scale, last.Outputs[0]) is { } w && HasShape(w, shape))
        {
            (weight, last) = (w, scale);
        }

        if (OnlyReader(last, "Add") is { } shift && Other(shift, last.Outputs[0]) is { } b && HasShape(b, shape))
        {
            (bias, last) = (b, shift);
        }

        return Fuse(last, "LayerNorm", [x, weight, bias]).With("axes", axes).With("epsilon", epsilon);
    }

    // x / sqrt(mean(x²) + ε), perhaps written with the inverse of the root, then · w.
    private OnnxNode? RmsNorm(OnnxNode last)
    {
        if (Quotient(last) is not var (x, root) || Maker(root, "Sqrt") is not { } sqrt || Sum(sqrt.Inputs[0]) is not var (squares, epsilon)
            || Maker(squares, "ReduceMean") is not { } mean || !IsSquare(mean.Inputs[0], x) || TrailingAxes(mean) != 1)
        {
            return null;
        }

        string weight = "";
        if (OnlyReader(last, "Mul") is { } scale && Other(scale, last.Outputs[0]) is { } w && HasShape(w, Value(x)!.Sizes[^1..]))
        {
            (weight, last) = (w, scale);
        }

        return Fuse(last, "RmsNorm", [x, weight]).With("epsilon", epsilon);
    }

    private (string Dividend, string Divisor)? Quotient(OnnxNode node)
    {
        if (Is(node, "Div"))
        {
            return (node.Inputs[0], node.Inputs[1]);
        }

        for (int i = 0; i < 2 && Is(node, "Mul"); i++)
        {
            OnnxNode? inverse = Maker(node.Inputs[i]);
            if (inverse is not null && (Is(inverse, "Reciprocal") || (Is(inverse, "Div") && Number(inverse.Inputs[0]) == 1)))
            {
                return (node.Inputs[1 - i], inverse.Inputs[^1]);
            }
        }

        return null;
    }

    private OnnxNode? Silu(OnnxNode product)
    {
        for (int i = 0; i < 2 && Is(product, "Mul"); i++)
        {
            if (Maker(product.Inputs[i], "Sigmoid") is { } gate && gate.Inputs[0] == product.Inputs[1 - i])
            {
                return Fuse(product, "Silu", [gate.Inputs[0]]);
            }
        }

        return null;
    }

    // A place that is known is a view; looked up as data it would be a copy.
    private OnnxNode? Select(OnnxNode gather) =>
        Is(gather, "Gather") && Rank(gather.Inputs[1]) == 0 && Number(gather.Inputs[1]) is double place
            ? Fuse(gather, "Select", [gather.Inputs[0]]).With("axis", gather.Int("axis", 0)).With("index", (long)place)
            : null;

    private OnnxNode? Gelu(OnnxNode inner)
    {
        string approximation;
        string x;
        if (Is(inner, "Erf") && ScaledBy(inner.Inputs[0], SqrtHalf) is { } exact)
        {
            (approximation, x) = ("none", exact);
        }
        else if (Is(inner, "Tanh") && ScaledBy(inner.Inputs[0], SqrtTwoOverPi) is { } sum && CubicOf(sum) is { } rough)
        {
            (approximation, x) = ("tanh", rough);
        }
        else
        {
            return null;
        }

        // 0.5 · x · (1 + inner), however it is grouped.
        if (OnlyReader(inner, "Add") is not { } one || Number(Other(one, inner.Outputs[0])) is not double unit || !Near(unit, 1) || OnlyReader(one, "Mul") is not { } product)
        {
            return null;
        }

        string factor = Other(product, one.Outputs[0])!;
        OnnxNode? last = ScaledBy(factor, 0.5) == x ? product
            : OnlyReader(product, "Mul") is not { } outer ? null
            : factor == x ? (Number(Other(outer, product.Outputs[0])) is double half && Near(half, 0.5) ? outer : null)
            : Number(factor) is double early && Near(early, 0.5) && Other(outer, product.Outputs[0]) == x ? outer
            : null;
        return last is null ? null : Fuse(last, "Gelu", [x]).With("approximate", approximation);
    }

    // softmax(q kᵀ · scale + mask) v; exporters scale the scores, or the query, or query and key each by the root. Where the mask is a
    // condition, a number far below all others stands in the place of what it hides.
    private OnnxNode? Attention(OnnxNode product)
    {
        if (!Is(product, "MatMul") || Maker(product.Inputs[0], "Softmax") is not { } softmax || !IsLastAxis(softmax))
        {
            return null;
        }

        string scores = softmax.Inputs[0];
        string condition = "";
        bool hides = false;
        double fill = 0;
        if (Maker(scores, "Where") is { } where)
        {
            hides = Number(where.Inputs[1]) is not null;
            if (Number(where.Inputs[hides ? 1 : 2]) is not double number)
            {
                return null;
            }

            (condition, scores, fill) = (where.Inputs[0], where.Inputs[hides ? 2 : 1], number);
        }

        string mask = "";
        if (Maker(scores, "Add") is { } masked)
        {
            bool first = IsScaledProduct(masked.Inputs[0]);
            if (first == IsScaledProduct(masked.Inputs[1]))
            {
                return null;
            }

            (scores, mask) = first ? (masked.Inputs[0], masked.Inputs[1]) : (masked.Inputs[1], masked.Inputs[0]);
            string plain = mask;
            mask = Unscaled(ref plain) == 1 ? plain : mask;
        }

        double scale = Unscaled(ref scores);
        if (Maker(scores, "MatMul") is not { } similarity || (mask.Length > 0 && !IsFloat(mask))
            || !AreBatchesOfMatrices(similarity.Inputs[0], similarity.Inputs[1], product.Inputs[1], product.Outputs[0]))
        {
            return null;
        }

        (string query, string key) = (similarity.Inputs[0], similarity.Inputs[1]);
        scale *= Unscaled(ref query) * Unscaled(ref key);
        OnnxNode attention = Fuse(product, "Attention", [query, key, product.Inputs[1], mask, condition]).With("scale", scale);
        return condition.Length > 0 ? attention.With("fill", fill).With("hides", hides ? 1 : 0) : attention;
    }

    private bool IsScaledProduct(string name)
    {
        Unscaled(ref name);
        return Maker(name, "MatMul") is not null;
    }

    // One matrix an example, or one a head of it, in all of the values: libtorch's own attention broadcasts none of them.
    private bool AreBatchesOfMatrices(params string[] names)
    {
        long[] sizes = Value(names[0])!.Sizes;
        return sizes.Length is 3 or 4 && names.All(name => Rank(name) == sizes.Length && Value(name)!.Sizes.AsSpan(..^2).SequenceEqual(sizes.AsSpan(..^2)));
    }

    private OnnxNode? Linear(OnnxNode add)
    {
        if (!Is(add, "Add"))
        {
            return null;
        }

        for (int i = 0; i < 2; i++)
        {
            (string value, string bias) = (add.Inputs[i], add.Inputs[1 - i]);
            if (Maker(value, "MatMul") is { } product && IsReadOnce(value) && Rank(product.Inputs[1]) == 2 && Rank(product.Inputs[0]) >= 2
                && HasShape(bias, [Value(product.Inputs[1])!.Sizes[1]]))
            {
                return Fuse(add, "Linear", [product.Inputs[0], product.Inputs[1], bias]);
            }
        }

        return null;
    }

    private static OnnxNode Fuse(OnnxNode last, string type, IReadOnlyList<string> inputs) =>
        new("fused", last.Name, type, Fused.Domain, 1, inputs, last.Outputs);

    // x where the value is x + 0.044715 x³.
    private string? CubicOf(string name)
    {
        if (Maker(name, "Add") is not { } add)
        {
            return null;
        }

        for (int i = 0; i < 2; i++)
        {
            (string x, string cube) = (add.Inputs[i], add.Inputs[1 - i]);
            if (ScaledBy(cube, Cubic) is { } power && (IsPower(power, x, 3) || (Maker(power, "Mul") is { } mul && Other(mul, x) is { } square && IsSquare(square, x))))
            {
                return x;
            }
        }

        return null;
    }
}
