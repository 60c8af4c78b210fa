using Search.Evaluation.Torch.Operators;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>What a graph's values are, who makes them and who reads them: the words that patterns of nodes are told in.</summary>
internal abstract class GraphPatterns
{
    private readonly IReadOnlyDictionary<string, TorchTensor> _known;
    private readonly IReadOnlyDictionary<string, TorchTensor> _varying;
    private readonly Dictionary<string, OnnxNode> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<OnnxNode>> _readers = new(StringComparer.Ordinal);

    protected GraphPatterns(IReadOnlyList<OnnxNode> nodes, IReadOnlyDictionary<string, TorchTensor> known, IReadOnlyDictionary<string, TorchTensor> varying)
    {
        _known = known;
        _varying = varying;
        foreach (OnnxNode node in nodes)
        {
            foreach (string output in node.Outputs)
            {
                _makers[output] = node;
            }

            foreach (string input in node.Inputs.Distinct())
            {
                if (!_readers.TryGetValue(input, out List<OnnxNode>? readers))
                {
                    _readers.Add(input, readers = []);
                }

                readers.Add(node);
            }
        }
    }

    protected static bool Is(OnnxNode node, string type) => node.Type == type && node.Domain.Length == 0;

    protected static bool Near(double value, double wanted) => Math.Abs(value - wanted) <= 1e-4 * Math.Abs(wanted);

    protected OnnxNode? Maker(string value) => _makers.GetValueOrDefault(value);

    protected OnnxNode? Maker(string value, string type) => Maker(value) is { } maker && Is(maker, type) ? maker : null;

    protected OnnxNode? OnlyReader(OnnxNode node, string type) =>
        _readers.TryGetValue(node.Outputs[0], out List<OnnxNode>? readers) && readers.Count == 1 && Is(readers[0], type) ? readers[0] : null;

    protected static string? Other(OnnxNode node, string value) => node.Inputs[0] == value ? node.Inputs[1] : node.Inputs[1] == value ? node.Inputs[0] : null;

    protected TorchTensor? Value(string name) => _known.GetValueOrDefault(name) ?? _varying.GetValueOrDefault(name);

    protected int Rank(string name) => Value(name)?.Sizes.Length ?? -1;

    protected bool IsFloat(string name) => Value(name)?.IsFloat() == true;

    protected bool HasShape(string name, long[] shape) => Value(name)?.Sizes.AsSpan().SequenceEqual(shape) == true;

    // A constant of one element.
    protected double? Number(string? name) => name is not null && _known.TryGetValue(name, out TorchTensor? tensor) && tensor.ElementCount == 1 ? TorchData.Doubles(tensor)[0] : null;

    // The varying summand and the constant one.
    protected (string Value, double Number)? Sum(string name)
    {
        if (Maker(name, "Add") is not { } add)
        {
            return null;
        }

        return Number(add.Inputs[1]) is double right ? (add.Inputs[0], right) : Number(add.Inputs[0]) is double left ? (add.Inputs[1], left) : null;
    }

    // x where the value is x · factor, written as a product or a quotient.
    protected string? ScaledBy(string name, double factor)
    {
        string value = name;
        return Near(Unscaled(ref value), factor) && value != name ? value : null;
    }

    // Strips multiplications by constants and returns what they come to.
    protected double Unscaled(ref string name)
    {
        double scale = 1;
        while (Maker(name) is { } node)
        {
            if (Is(node, "Mul") && (Number(node.Inputs[1]) ?? Number(node.Inputs[0])) is double factor)
            {
                scale *= factor;
                name = Number(node.Inputs[1]) is null ? node.Inputs[1] : node.Inputs[0];
            }
            else if (Is(node, "Div") && Number(node.Inputs[1]) is double divisor)
            {
                scale /= divisor;
                name = node.Inputs[0];
            }
            else
            {
                break;
            }
        }

        return scale;
    }

    protected bool IsSquare(string name, string x) => IsPower(name, x, 2) || (Maker(name, "Mul") is { } mul && mul.Inputs[0] == x && mul.Inputs[1] == x);

    protected bool IsPower(string name, string x, double exponent) =>
        Maker(name, "Pow") is { } pow && pow.Inputs[0] == x && Number(pow.Inputs[1]) == exponent;

    // How many axes at the end a mean with kept dimensions runs over, or null when they are others.
    protected int? TrailingAxes(OnnxNode mean)
    {
        long[]? axes = mean.Ints("axes") ?? (mean.Inputs.Count > 1 && _known.TryGetValue(mean.Inputs[1], out TorchTensor? given) ? TorchData.Ints(given) : null);
        if (axes is null || mean.Int("keepdims", 1) == 0 || !_varying.TryGetValue(mean.Inputs[0], out TorchTensor? value))
        {
            return null;
        }

        int rank = value.Sizes.Length;
        long[] sorted = [.. axes.Select(axis => axis < 0 ? axis + rank : axis).Order()];
        return sorted.SequenceEqual(Enumerable.Range(rank - sorted.Length, sorted.Length).Select(axis => (long)axis)) ? sorted.Length : null;
    }

    protected bool IsLastAxis(OnnxNode softmax)
    {
        long axis = softmax.Int("axis", softmax.Opset < 13 ? 1 : -1);
        return axis == -1 || axis == Rank(softmax.Inputs[0]) - 1;
    }

    protected bool IsReadOnce(string value) => _readers[value].Count == 1;
}
