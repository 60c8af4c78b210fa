using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;

namespace Search.Tests.Merging;

public sealed class DepthProfileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(5);

    // Twelve blocks, so that their names' order is not theirs.
    private static string[] Transformer(int blocks) =>
        ["embed.weight", "head.weight", .. Enumerable.Range(0, blocks).SelectMany(b => new[] { $"blocks.{b}.attn.qkv", $"blocks.{b}.mlp.fc1", $"blocks.{b}.norm1" }), "norm.weight"];

    // Knots 1, 2, 5 at depths 0, 1/2, 1 of five blocks.
    [TestCase(KnotShape.Linear, 1, 1.5, 2, 3.5, 5)]
    [TestCase(KnotShape.Cosine, 1, 1.5, 2, 3.5, 5)]
    public void Decode_FiveBlocksThreeKnots_InterpolatesAtTheirDepths(KnotShape shape, params double[] expected) => AssertBlocks(shape, [1, 2, 5], expected);

    // A third of the way between two knots: 1/3 of the step, or (1 − cos π/3)/2 = 1/4 of it.
    [TestCase(KnotShape.Linear, 0, 4, 8, 12)]
    [TestCase(KnotShape.Cosine, 0, 3, 9, 12)]
    public void Decode_FourBlocksTwoKnots_InterpolatesAtTheirDepths(KnotShape shape, params double[] expected) => AssertBlocks(shape, [0, 12], expected);

    private void AssertBlocks(KnotShape shape, double[] knots, double[] expected)
    {
        using ModelFamily family = Family(Transformer(expected.Length), 1);
        MergeWeights weights = Space(family, new DepthProfile(knots.Length, shape, false)).Decode(knots);
        double Weight(string tensor) => weights[family.Shared.ToList().FindIndex(each => each.Name == tensor)][0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(expected.Select((_, block) => Weight($"blocks.{block}.mlp.fc1")), Is.EqualTo(expected).Within(1e-6));
            Assert.That(Weight("embed.weight"), Is.EqualTo(knots[0]), "before the blocks");
            Assert.That(new[] { Weight("head.weight"), Weight("norm.weight") }, Is.All.EqualTo(knots[^1]), "after the blocks");
        }
    }

    [TestCase(false, "e0/knot1", "e1/knot1", "e0/knot2", "e1/knot2", "e0/knot3", "e1/knot3")]
    [TestCase(
        true, "e0/attention/knot1", "e1/attention/knot1", "e0/attention/knot2", "e1/attention/knot2", "e0/attention/knot3", "e1/attention/knot3",
        "e0/norm/knot1", "e1/norm/knot1", "e0/norm/knot2", "e1/norm/knot2", "e0/embedding", "e1/embedding", "e0/head", "e1/head")]
    public void Name_Knots_AreNumberedAndKindsInNoBlockHaveOneCoefficient(bool byKind, params string[] names)
    {
        string[] tensors = [.. Transformer(6).Where(tensor => !tensor.Contains("mlp") && (!tensor.Contains("norm1") || tensor.Contains("blocks.1.") || tensor.Contains("blocks.4.")))];
        using ModelFamily family = Family(tensors, 2);
        MergeSpace space = Space(family, new DepthProfile(3, KnotShape.Linear, byKind));
        Assert.That(Enumerable.Range(0, space.Dimension).Select(space.Name), Is.EqualTo(names), "the norms, in two blocks, have two knots");
    }

    [Test]
    public void Decode_KnotsAllEqual_IsGranularityModel([Values] KnotShape shape, [Values] bool byKind, [ValueSource(typeof(LinearOperators), nameof(LinearOperators.All))] MergeOperator merge)
    {
        using ModelFamily family = Family(Transformer(12), 2);
        MergeSpace profile = Space(family, new DepthProfile(5, shape, byKind), merge);
        MergeSpace model = Space(family, new GranularityGrouping(Granularity.Model), merge);
        double[] row = [0.3, 0.9];
        MergeWeights expected = model.Decode(row);
        MergeWeights found = profile.Decode([.. profile.Groups.SelectMany(_ => row)]);
        for (int t = 0; t < family.Shared.Count; t++)
        {
            Assert.That(found[t].ToArray(), Is.EqualTo(expected[t].ToArray()).Within(1e-6f), family.Shared[t].Name);
        }
    }

    [Test]
    public void Decode_AsManyKnotsAsBlocks_IsGranularityBlock([Values] KnotShape shape)
    {
        using ModelFamily family = Family(Transformer(12), 2);
        MergeSpace profile = Space(family, new DepthProfile(12, shape, false));
        MergeSpace blocks = Space(family, new GranularityGrouping(Granularity.Block));
        double[] knots = Draw(24);
        MergeWeights found = profile.Decode(knots);
        MergeWeights expected = blocks.Decode([.. blocks.Groups.SelectMany(group => group == "rest" ? [0, 0] : knots[(2 * int.Parse(group["blocks.".Length..], null))..][..2])]);
        foreach ((TensorInfo tensor, int t) in family.Shared.Select((tensor, t) => (tensor, t)).Where(each => each.tensor.Name.StartsWith("blocks", StringComparison.Ordinal)))
        {
            Assert.That(found[t].ToArray(), Is.EqualTo(expected[t].ToArray()), tensor.Name);
        }
    }

    // Towers, and an encoder and a decoder, are as deep as they are long.
    [Test]
    public void Decode_StacksOfTheirOwn_EachRunFromTheFirstKnotToTheLast()
    {
        string[] names = [.. Enumerable.Range(0, 3).Select(b => $"text.layers.{b}.fc1.w"), .. Enumerable.Range(0, 5).Select(b => $"vision.layers.{b}.fc1.w"), "lm_head.0.w", "stem.0.w", "stem.1.w"];
        using ModelFamily family = Family(names, 1);
        MergeWeights weights = Space(family, new DepthProfile(2, KnotShape.Linear, false)).Decode([0, 1]);
        Assert.That(
            family.Shared.Select((tensor, t) => (tensor.Name, (double)weights[t][0])),
            Is.EquivalentTo(names.Zip([0, 0.5, 1, 0, 0.25, 0.5, 0.75, 1, 1, 0, 0], (name, weight) => (name, weight))));
    }

    // L = Σ g·θ is linear in the coefficients of task arithmetic, and nearly so in those of an average.
    [Test]
    public void Gradient_OfKnots_EqualsFiniteDifferencesOfTheMerge([ValueSource(typeof(LinearOperators), nameof(LinearOperators.All))] MergeOperator merge, [Values] bool byKind, [Values] KnotShape shape)
    {
        using ModelFamily family = Family(Transformer(7), 3);
        TaskVectors vectors = TaskVectors.Resident(family);
        MergeSpace space = Space(family, new DepthProfile(3, shape, byKind), merge);
        float[][] slope = [.. family.Shared.Select(tensor => Array.ConvertAll(Draw((int)tensor.ElementCount), value => (float)value))];
        var gradient = new MergeGradient(vectors, space.Pieces);
        for (int t = 0; t < slope.Length; t++)
        {
            gradient.Add(t, slope[t]);
        }

        double[] at = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.3 + (0.1 * (i % 4)))];
        double Loss(double[] coefficients)
        {
            var merged = new WeightSet(vectors.Layout);
            new Merger(vectors.Layout).Merge([space.Decode(coefficients).Over(vectors)], [merged]);
            return slope.Select((slopes, t) => merged[t].ToArray().Zip(slopes, (x, g) => (double)x * g).Sum()).Sum();
        }

        IReadOnlyList<double> exact = space.Gradient(at, gradient);
        const double H = 0.01;
        for (int i = 0; i < at.Length; i++)
        {
            double[] Moved(double by) => [.. at.Select((value, j) => j == i ? value + by : value)];
            Assert.That(exact[i], Is.EqualTo((Loss(Moved(H)) - Loss(Moved(-H))) / (2 * H)).Within(2e-3), space.Name(i));
        }

        Assert.That(exact, Is.All.Not.EqualTo(0).Within(1e-4));
    }

    [Test]
    public void Shares_OfAllKnots_AddUpToOneInEveryTensor([Values] bool byKind, [Values] KnotShape shape)
    {
        using ModelFamily family = Family(Transformer(9), 1);
        MergeSpace space = Space(family, new DepthProfile(4, shape, byKind));
        var sums = new Dictionary<string, double>();
        for (int i = 0; i < space.Dimension; i++)
        {
            foreach (((string tensor, _, _), double share) in space.Elements(i).Zip(space.Shares(i)))
            {
                sums[tensor] = sums.GetValueOrDefault(tensor) + share;
            }
        }

        Assert.That(sums.Keys, Is.EquivalentTo(family.Shared.Select(tensor => tensor.Name)));
        Assert.That(sums.Values, Is.All.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Decode_FixedBlocks_KeepTheirWeightsAndUnusedKnotsGo()
    {
        using ModelFamily family = Family([.. Enumerable.Range(0, 4).Select(b => $"blocks.{b}.w")], 2);
        IReadOnlyList<double> row = [0.25, 0.75];
        MergeSpace space = Space(family, new DepthProfile(4, KnotShape.Linear, false), fixedGroups: new() { ["blocks.0"] = row, ["blocks.2"] = row });
        Assert.That(space.Groups, Is.EqualTo(new[] { "knot2", "knot4" }));
        MergeWeights weights = space.Decode([1, 2, 3, 4]);
        Assert.That(Enumerable.Range(0, 4).Select(t => weights[t].ToArray()), Is.EqualTo(new float[][] { [0.25f, 0.75f], [1, 2], [0.25f, 0.75f], [3, 4] }));
    }

    [Test]
    public void Space_ChunksOfAProfile_AreRefused()
    {
        using ModelFamily family = Family(Transformer(4), 1);
        Assert.That(() => Space(family, new DepthProfile(2, KnotShape.Linear, false), chunks: new() { ["blocks.0"] = 2 }), Throws.TypeOf<MergeException>().With.Message.Contains("'blocks.0' cannot be cut"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Space_MoreKnotsThanBlocks_IsRefused(bool byKind)
    {
        using ModelFamily family = Family(Transformer(4), 1);
        Assert.That(() => Space(family, new DepthProfile(5, KnotShape.Linear, byKind)), Throws.TypeOf<MergeException>().With.Message.Contains("5 knots need as many blocks in a row, and there are 4"));
    }

    public void Dispose() => _folder.Dispose();

    private static MergeSpace Space(
        ModelFamily family, TensorGrouping grouping, MergeOperator? merge = null, Dictionary<string, int>? chunks = null, Dictionary<string, IReadOnlyList<double>>? fixedGroups = null) =>
        new(
            (merge ?? new TaskArithmetic()).Prepare(TaskVectors.Mapped(family)),
            new CoefficientGroups(family, grouping, new TensorBlocks(TensorBlocks.DefaultPatterns), new TensorKinds([]), chunks, fixedGroups),
            BufferPolicy.Average);

    private double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.NextDouble() - 0.5)];

    private ModelFamily Family(string[] names, int experts)
    {
        string Save(string name) => _folder.Safetensors($"{name}.safetensors", [.. names.Select(tensor => TensorContent.FromFloats(tensor, TensorType.F32, [11], Array.ConvertAll(Draw(11), value => (float)value)))]);
        return ModelFamily.Open(Save("base"), [.. Enumerable.Range(0, experts).Select(k => KeyValuePair.Create($"e{k}", Save($"e{k}")))], []);
    }
}
