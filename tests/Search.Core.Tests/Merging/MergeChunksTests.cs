using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;

namespace Search.Tests.Merging;

public sealed class MergeChunksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(3);

    [Test]
    public void Elements_BlockOfSeveralTensors_AreCutOneAfterAnother()
    {
        using ModelFamily family = Family(2, ("b.0.u", 4), ("b.0.v", 3), ("b.0.w", 3), ("rest", 2));
        MergeSpace space = Space(family, Granularity.Block, new() { ["b.0"] = 3 });
        Assert.Multiple(() =>
        {
            Assert.That(space.Groups, Is.EqualTo(new[] { "b.0#1", "b.0#2", "b.0#3", "rest" }));
            Assert.That(space.Name(3), Is.EqualTo("e1/b.0#2"));
            Assert.That((space.UncutGroup(3), space.UncutGroup(6)), Is.EqualTo(("b.0", "rest")));
            Assert.That(space.Elements(0), Is.EqualTo(new[] { ("b.0.u", 0L, 3L) }));
            Assert.That(space.Elements(2), Is.EqualTo(new[] { ("b.0.u", 3L, 1L), ("b.0.v", 0L, 2L) }));
            Assert.That(space.Elements(4), Is.EqualTo(new[] { ("b.0.v", 2L, 1L), ("b.0.w", 0L, 3L) }));
            Assert.That(space.Elements(7), Is.EqualTo(new[] { ("rest", 0L, 2L) }));
        });
    }

    [Test]
    public void Merge_ChunksAllAlike_GivesTheBitsOfTheUncutMerge([Values] bool resident, [Values(3, 5)] int experts, [ValueSource(typeof(LinearOperators), nameof(LinearOperators.All))] MergeOperator merge)
    {
        using ModelFamily family = Family(experts, ("b.0.u", 150_001), ("b.0.v", 77), ("c", 70_000));
        TaskVectors vectors = resident ? TaskVectors.Resident(family) : TaskVectors.Mapped(family);
        double[] each = [.. Enumerable.Range(0, experts).Select(k => 0.1 + (0.2 * k))];
        MergeSpace cut = Space(family, Granularity.Block, new() { ["b.0"] = 11, ["rest"] = 3 }, merge);
        float[][] whole = Merge(vectors, Space(family, Granularity.Block, [], merge).Decode([.. each, .. each]));
        Assert.That(Merge(vectors, cut.Decode([.. Enumerable.Repeat(each, 14).SelectMany(values => values)])), Is.EqualTo(whole));
        Assert.That(Merge(vectors, cut.Uniform(each, exact: false)), Is.EqualTo(Merge(vectors, Space(family, Granularity.Block, []).Uniform(each, exact: false))));
    }

    [Test]
    public void Merge_ChunksUnlike_WeighEachTheirOwnElements([Values] bool resident, [Values(2, 4)] int experts)
    {
        using ModelFamily family = Family(experts, ("b.0.u", 100_003), ("b.0.v", 40));
        TaskVectors vectors = resident ? TaskVectors.Resident(family) : TaskVectors.Mapped(family);
        MergeSpace space = Space(family, Granularity.Block, new() { ["b.0"] = 9 });
        double[] coefficients = [.. Enumerable.Range(0, space.Dimension).Select(_ => (double)(float)(_random.NextDouble() - 0.5))];
        MergeWeights weights = space.Decode(coefficients);
        float[][] merged = Merge(vectors, weights);

        float[][] expected = [.. family.Shared.Select(family.Base.ReadFloats)];
        foreach (int index in Enumerable.Range(0, space.Dimension).OrderBy(index => index % experts))
        {
            foreach ((string tensor, long start, long length) in space.Elements(index))
            {
                int t = family.Shared.ToList().FindIndex(each => each.Name == tensor);
                float[] origin = family.Base.ReadFloats(family.Shared[t]);
                float[] expert = family.Expert(space.Expert(index)).ReadFloats(family.Expert(space.Expert(index)).Find(tensor)!);
                for (long i = start; i < start + length; i++)
                {
                    expected[t][i] = MathF.FusedMultiplyAdd(expert[i] - origin[i], (float)coefficients[index], expected[t][i]);
                }
            }
        }

        Assert.That(merged, Is.EqualTo(expected));
        float[] slice = new float[60_000];
        Merger.MergeSlice(weights.Over(vectors), 0, 33_333, slice);
        Assert.That(slice, Is.EqualTo(expected[0][33_333..93_333]), "as exports are written");
    }

    [Test]
    public void Merge_CandidatesCutOtherwise_AreRefused()
    {
        using ModelFamily family = Family(1, ("w", 8));
        MergeWeights[] candidates = [Space(family, Granularity.Tensor, []).Decode([1]), Space(family, Granularity.Tensor, new() { ["w"] = 2 }).Decode([1, 1])];
        Assert.That(() => new Merger(family.Layout).Merge(candidates, [new WeightSet(family.Layout), new WeightSet(family.Layout)]), Throws.ArgumentException.With.Message.Contains("alike"));
    }

    // L = Σ g·θ is linear in the coefficients of task arithmetic, and nearly so in those of an average.
    [Test]
    public void Gradient_OfChunks_EqualsFiniteDifferencesOfTheMerge([ValueSource(typeof(LinearOperators), nameof(LinearOperators.All))] MergeOperator merge, [Values(2, 4)] int experts)
    {
        using ModelFamily family = Family(experts, ("b.0.u", 300), ("b.0.v", 41), ("c", 30));
        TaskVectors vectors = TaskVectors.Resident(family);
        MergeSpace space = Space(family, Granularity.Block, new() { ["b.0"] = 5, ["rest"] = 2 }, merge);
        float[][] slope = [.. family.Shared.Select(tensor => Draw((int)tensor.ElementCount))];
        var gradient = new MergeGradient(vectors, space.Pieces);
        for (int t = 0; t < slope.Length; t++)
        {
            gradient.Add(t, slope[t]);
        }

        double[] at = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.3 + (0.1 * (i % 4)))];
        double Loss(double[] coefficients) => Merge(vectors, space.Decode(coefficients)).Zip(slope, (values, slopes) => values.Zip(slopes, (x, g) => (double)x * g).Sum()).Sum();
        IReadOnlyList<double> exact = space.Gradient(at, gradient);
        const double H = 0.01;
        for (int i = 0; i < at.Length; i++)
        {
            double[] Moved(double by) => [.. at.Select((value, j) => j == i ? value + by : value)];
            Assert.That(exact[i], Is.EqualTo((Loss(Moved(H)) - Loss(Moved(-H))) / (2 * H)).Within(2e-3), space.Name(i));
        }
    }

    [Test]
    public void Gradient_ChunksOfAGroup_AddUpToTheGroups([Values] bool resident)
    {
        using ModelFamily family = Family(3, ("w", 200_003));
        TaskVectors vectors = resident ? TaskVectors.Resident(family) : TaskVectors.Mapped(family);
        float[] slope = Draw(200_003);
        double[] Of(MergeSpace space)
        {
            var gradient = new MergeGradient(vectors, space.Pieces);
            gradient.Add(0, slope);
            return [.. space.Gradient(new double[space.Dimension], gradient)];
        }

        double[] whole = Of(Space(family, Granularity.Tensor, []));
        double[] chunks = Of(Space(family, Granularity.Tensor, new() { ["w"] = 13 }));
        Assert.That(Enumerable.Range(0, 3).Select(k => chunks.Where((_, i) => i % 3 == k).Sum()), Is.EqualTo(whole).Within(1e-2));
        Assert.That(whole, Is.All.Not.EqualTo(0).Within(1));
    }

    [TestCase("x", 2, "no coefficient stands for 'x'")]
    [TestCase("w", 9, "'w' has 8 elements, so it cannot be cut into 9 chunks")]
    public void Space_ChunksThatDoNotFit_AreRefused(string group, int chunks, string words)
    {
        using ModelFamily family = Family(1, ("w", 8));
        Assert.That(() => Space(family, Granularity.Tensor, new() { [group] = chunks }), Throws.TypeOf<MergeException>().With.Message.Contains(words));
    }

    [Test]
    public void Decode_FixedGroups_TakePartWithTheirOwnWeights([ValueSource(typeof(LinearOperators), nameof(LinearOperators.All))] MergeOperator merge)
    {
        using ModelFamily family = Family(2, ("u", 4), ("v", 3));
        var space = new MergeSpace(merge.Prepare(TaskVectors.Mapped(family)), Granularity.Tensor, new TensorBlocks([]), BufferPolicy.Average, null, new Dictionary<string, IReadOnlyList<double>> { ["u"] = [0.5, 1.5] });
        float scale = merge == new WeightedAverage() ? 0.5f : 1;
        Assert.That(space.Groups, Is.EqualTo(new[] { "v" }));
        Assert.That(space.Decode([1, 1])[0].ToArray(), Is.EqualTo(new[] { 0.5f * scale, 1.5f * scale }));
        Assert.That(space.Uniform([1, 0], exact: true)[0].ToArray(), Is.EqualTo(new float[] { 1, 0 }), "an expert is itself");
        Assert.That(() => new MergeSpace(merge.Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average, null, new Dictionary<string, IReadOnlyList<double>> { [""] = [1, 1] }), Throws.TypeOf<MergeException>().With.Message.Contains("all are fixed"));
    }

    [Test]
    public void Importance_KnownVectors_IsTheShareOfWeighedMagnitudes([Values] bool resident)
    {
        string Save(string name, float[] u, float[] v) => _folder.Safetensors(
            $"{name}.safetensors", TensorContent.FromFloats("u", TensorType.F32, [2], u), TensorContent.FromFloats("v", TensorType.F32, [3], v));
        using ModelFamily family = ModelFamily.Open(
            Save("base", [1, 1], [0, 0, 0]), [new("a", Save("a", [2, 0], [0, 3, 0])), new("b", Save("b", [1, 1.5f], [-1, -1, 2]))], []);
        // |α|·‖τ‖₁: u: 0.5·2 + 1·0.5 = 1.5; v: 0·3 + 0.125·4 = 0.5.
        double[] importance = ChunkAllotment.Importance(
            resident ? TaskVectors.Resident(family) : TaskVectors.Mapped(family), Space(family, Granularity.Tensor, []), [0.5, -1, 0, 0.125]);
        Assert.That(importance, Is.EqualTo(new[] { 0.75, 0.25 }));
    }

    [TestCase(1, 1, 2, 0, 0, TestName = "Counts_InProportion_AreRoundedDown")]
    [TestCase(1, 0, 1, 1, 1, TestName = "Counts_SteepnessZero_AreEven")]
    [TestCase(3, 1, 3, 2, 0, TestName = "Counts_MoreThanElements_AreCapped")]
    [TestCase(2, 8, 3, 0, 0, TestName = "Counts_SteepnessHigh_AllGoToTheMostImportant")]
    public void Counts_KnownImportance_GivesTheKnownAnswer(double budget, double steepness, params int[] expected) =>
        Assert.That(ChunkAllotment.Counts([0.68, 0.31, 0.01], [3, 100, 100], budget, steepness), Is.EqualTo(expected));

    public void Dispose() => _folder.Dispose();

    private static MergeSpace Space(ModelFamily family, Granularity granularity, Dictionary<string, int> chunks, MergeOperator? merge = null) =>
        new((merge ?? new TaskArithmetic()).Prepare(TaskVectors.Mapped(family)), granularity, new TensorBlocks(TensorBlocks.DefaultPatterns), BufferPolicy.Average, chunks);

    private static float[][] Merge(TaskVectors vectors, MergeWeights weights)
    {
        var merged = new WeightSet(vectors.Layout);
        new Merger(vectors.Layout).Merge([weights.Over(vectors)], [merged]);
        return [.. vectors.Layout.Tensors.Select((_, t) => merged[t].ToArray())];
    }

    private float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(_random.NextDouble() - 0.5))];

    private ModelFamily Family(int experts, params (string Name, int Elements)[] tensors)
    {
        string Save(string name) => _folder.Safetensors(
            $"{name}.safetensors", [.. tensors.Select(tensor => TensorContent.FromFloats(tensor.Name, TensorType.F32, [tensor.Elements], Draw(tensor.Elements)))]);
        return ModelFamily.Open(Save("base"), [.. Enumerable.Range(0, experts).Select(k => KeyValuePair.Create($"e{k}", Save($"e{k}")))], []);
    }
}
