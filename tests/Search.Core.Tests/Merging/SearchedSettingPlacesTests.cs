using Search.Checkpoints;
using Search.Merging;

namespace Search.Tests.Merging;

// A searched setting merges as if it were given, whatever shares the weights, whatever merges at all, and however small a tensor is.
public sealed class SearchedSettingPlacesTests : IDisposable
{
    // Values on a grid have a few dozen magnitudes, so that chunks end within runs of equal ones.
    private static readonly (string Name, int Elements)[] Tensors =
    [
        ("blocks.0.attn.w", 3001), ("blocks.0.bn.running_mean", 40), ("blocks.0.mlp.w", 1777), ("blocks.1.attn.w", 2500), ("blocks.1.mlp.w", 4999),
        ("blocks.2.attn.w", 64), ("blocks.2.mlp.w", 65), ("none", 0), ("one", 1),
    ];

    private static readonly (string Operator, string Settings, (string Key, string Range, double Value)[] Searched)[] Merges =
    [
        ("ties", "variant=mergekit", [("density", "0.01,1", 0.3125)]),
        ("ties", "variant=mergekit scope=global vote=count normalize=false", [("density", "0.01,1", 0.40625)]),
        ("ties", "tie=positive", [("density", "0.01,1", 0.1875)]),
        ("ties", "tie=negative scope=tensor reduce=sum", [("density", "0.01,1", 0.5)]),
        ("dare_linear", "rescale=l1", [("drop_rate", "0,0.95", 0.75)]),
        ("dare_ties", "mask_seed=7", [("drop_rate", "0,0.95", 0.625)]),
        ("breadcrumbs", "scope=tensor", [("density", "0.01,1", 0.25), ("gamma", "0,0.5", 0.03125)]),
        ("breadcrumbs_ties", "scope=tensor density=0.5", [("gamma", "0,0.5", 0.125)]),
    ];

    private readonly TemporaryFolder _folder = new();

    [Test]
    public void Decode_SettingSearched_MergesAsIfItWereGiven(
        [Values("model", "tensor", "block", "chunks of tensors", "chunks of blocks", "fixed", "profile", "profile by kind", "only", "except", "buffers of the base")] string place, [Values] bool resident)
    {
        using ModelFamily family = Family(place);
        foreach ((string name, string settings, (string Key, string Range, double Value)[] searched) in Merges)
        {
            string Given((string Key, string Range, double Value) one) => FormattableString.Invariant($"{one.Key}={one.Value}");
            string Ranged((string Key, string Range, double Value) one) => $"{one.Key}.lower={one.Range.Split(',')[0]} {one.Key}.upper={one.Range.Split(',')[1]}";
            MergeSpace given = Space(family, place, Operator(name, $"{settings} {string.Join(' ', searched.Select(Given))}"), resident);
            MergeSpace free = Space(family, place, Operator(name, $"{settings} {string.Join(' ', searched.Select(Ranged))}"), resident);
            double[] weights = [.. Enumerable.Range(0, given.Dimension).Select(i => ((i * 7 % 11) - 3) / 8.0)];
            Assert.That((free.WeightCount, free.Dimension), Is.EqualTo((given.Dimension, given.Dimension + searched.Length)), name);
            float[][] expected = Merge(given.Decode(weights));
            float[][] found = Merge(free.Decode([.. weights, .. searched.Select(one => one.Value)]));
            for (int t = 0; t < found.Length; t++)
            {
                Assert.That(Difference(found[t], expected[t]), Is.LessThan(1e-6), $"{name} {settings}: {family.Shared[t].Name}");
            }

            float[][] other = Merge(free.Decode([.. weights, .. searched.Select(one => one.Value / 2)]));
            Assert.That(other.Zip(found, Difference).Max(), Is.GreaterThan(1e-3), $"{name}: the setting acts");
        }
    }

    // A slice begins and ends inside runs of equal magnitudes, and inside chunks.
    [Test]
    public void MergeSlice_SettingSearched_GivesTheBitsOfTheWholeMerge([Values] bool resident)
    {
        using ModelFamily family = Family("chunks of tensors");
        foreach ((string name, string settings) in new[] { ("ties", "variant=mergekit density.lower=0.01 density.upper=1"), ("dare_linear", "drop_rate.lower=0 drop_rate.upper=0.95") })
        {
            MergeSpace space = Space(family, "chunks of tensors", Operator(name, settings), resident);
            MergeWeights merge = space.Decode([.. Enumerable.Range(0, space.WeightCount).Select(i => ((i % 5) - 1) / 4.0), 0.3125]);
            float[][] whole = Merge(merge);
            foreach ((int start, int length) in new[] { (0, 1), (383, 2), (1023, 2050), (4998, 1) })
            {
                float[] slice = new float[length];
                Merger.MergeSlice(merge, 4, start, slice);
                Assert.That(slice, Is.EqualTo(whole[4][start..(start + length)]), $"{name} from {start}");
            }
        }
    }

    // ⌊density · 1⌋ of one element is none of it, unless all are kept.
    [TestCase("ties", "variant=mergekit scope=tensor density.lower=0.01 density.upper=1", 0.999, 0)]
    [TestCase("ties", "variant=mergekit scope=tensor density.lower=0.01 density.upper=1", 1, 0.75)]
    [TestCase("ties", "tie=positive scope=tensor density.lower=0.01 density.upper=1", 0.999, 0)]
    [TestCase("ties", "tie=positive scope=tensor density.lower=0.01 density.upper=1", 1, 0.75)]
    [TestCase("breadcrumbs", "scope=tensor gamma=0.25 density.lower=0.01 density.upper=1", 0.5, 0)]
    [TestCase("breadcrumbs", "scope=tensor gamma=0.25 density.lower=0.01 density.upper=1", 1, 0.75)]
    [TestCase("breadcrumbs", "scope=tensor density=1 gamma.lower=0 gamma.upper=1", 1, 0.75)]
    [TestCase("dare_linear", "drop_rate.lower=0 drop_rate.upper=0.95", 0, 0.75)]
    public void Decode_OneElement_IsKeptOnlyWhereAllAre(string name, string settings, double value, double expected)
    {
        string Save(string file, float x) => _folder.Safetensors($"{file}.safetensors", TensorContent.FromFloats("w", TensorType.F32, [1], new[] { x }));
        using ModelFamily family = ModelFamily.Open(Save("base", 2), [new("a", Save("a", 2.75f))], []);
        Assert.That(Merge(Space(family, "model", Operator(name, settings), resident: false).Decode([1, value]))[0], Is.EqualTo(new[] { 2 + (float)expected }));
    }

    public void Dispose() => _folder.Dispose();

    private static MergeOperator Operator(string name, string settings) => MergeFolder.Operator(name, settings.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static MergeSpace Space(ModelFamily family, string place, MergeOperator merge, bool resident)
    {
        PreparedMerge prepared = merge.Prepare(resident ? TaskVectors.Resident(family) : TaskVectors.Mapped(family));
        TensorGrouping grouping = place switch
        {
            "model" or "only" or "except" => new GranularityGrouping(Granularity.Model),
            "block" or "chunks of blocks" or "buffers of the base" => new GranularityGrouping(Granularity.Block),
            "profile" => new DepthProfile(2, KnotShape.Cosine, false),
            "profile by kind" => new DepthProfile(3, KnotShape.Linear, true),
            _ => new GranularityGrouping(Granularity.Tensor),
        };
        Dictionary<string, int>? chunks = place switch
        {
            "chunks of tensors" => new() { ["blocks.0.attn.w"] = 8, ["blocks.1.mlp.w"] = 13 },
            "chunks of blocks" => new() { ["blocks.0"] = 5, ["blocks.1"] = 3 },
            _ => null,
        };
        double[] row = [.. Enumerable.Range(0, prepared.Columns.Count).Select(k => 0.75 - (0.5 * k))];
        Dictionary<string, IReadOnlyList<double>>? fixedGroups = place == "fixed" ? new() { ["blocks.0.mlp.w"] = row, ["one"] = row } : null;
        var groups = new CoefficientGroups(family, grouping, new TensorBlocks(TensorBlocks.DefaultPatterns), new TensorKinds([]), chunks, fixedGroups);
        return new MergeSpace(prepared, groups, place == "buffers of the base" ? BufferPolicy.Base : BufferPolicy.Average);
    }

    // Of each element; NaN is above any bound.
    private static double Difference(float[] found, float[] expected) => found.Zip(expected, (x, y) => x == y ? 0 : Math.Abs((double)x - y)).DefaultIfEmpty(0).Max(x => double.IsNaN(x) ? double.MaxValue : x);

    private static float[][] Merge(MergeWeights weights)
    {
        WeightLayout layout = weights.Vectors.Layout;
        var merged = new WeightSet(layout);
        new Merger(layout).Merge([weights], [merged]);
        return [.. layout.Tensors.Select((_, t) => merged[t].ToArray())];
    }

    private ModelFamily Family(string place)
    {
        string Save(int seed)
        {
            var random = new Random(seed);
            return _folder.Safetensors($"{seed}.safetensors", [.. Tensors.Select(tensor => TensorContent.FromFloats(
                tensor.Name, TensorType.F32, [tensor.Elements], Enumerable.Range(0, tensor.Elements).Select(_ => random.Next(-20, 21) / 32f).ToArray()))]);
        }

        var filter = new TensorFilter(place == "only" ? ["attention", "one"] : [], place == "except" ? ["mlp", "running_mean"] : [], new TensorKinds([]));
        return ModelFamily.Open(Save(0), [.. Enumerable.Range(0, 3).Select(k => KeyValuePair.Create($"e{k}", Save(k + 1)))], [], filter);
    }
}
