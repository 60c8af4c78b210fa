using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;

namespace Search.Tests.Merging;

public sealed class ModelDistanceTests : IDisposable
{
    private static readonly float[][] Taus = [[3, 0, 4, 0], [0, 2, 0, 0]]; // of a and b in both tensors, in the second three times that

    private readonly TemporaryFolder _folder = new();
    private readonly ModelFamily _family;

    public ModelDistanceTests()
    {
        TensorContent[] Tensors(float[] tau) =>
        [
            TensorContent.FromFloats("blocks.0.w", TensorType.F32, [4], tau.Select((t, i) => i - 2 + t).ToArray()),
            TensorContent.FromFloats("blocks.1.w", TensorType.F32, [4], tau.Select((t, i) => 5 - i + (3 * t)).ToArray()),
        ];
        _family = ModelFamily.Open(
            _folder.Safetensors("base.safetensors", Tensors(new float[4])),
            [.. Taus.Select((tau, k) => KeyValuePair.Create($"{"ab"[k]}", _folder.Safetensors($"{k}.safetensors", Tensors(tau))))],
            []);
    }

    // ‖τₐ‖ = 5 and ‖τ_b‖ = 2 in the first tensor; √(1 + 9) times that in both.
    [TestCase(Granularity.Model, 0, 15.811388300841896, 6.324555320336759)]
    [TestCase(Granularity.Tensor, 0, 5, 2, 15, 6)]
    [TestCase(Granularity.Tensor, 2, 5, 2, 9, 6, 12, 0)] // the second tensor's halves
    [TestCase(Granularity.Block, 0, 5, 2, 15, 6)]
    public void Between_OneCoefficientMoved_IsTheNormOfItsTaskVectorThere(Granularity granularity, int chunks, params double[] expected)
    {
        var cuts = new Dictionary<string, int>();
        if (chunks > 0)
        {
            cuts["blocks.1.w"] = chunks;
        }

        foreach (TaskVectors vectors in new[] { TaskVectors.Mapped(_family), TaskVectors.Resident(_family) })
        {
            var space = new MergeSpace(new TaskArithmetic().Prepare(vectors), granularity, new TensorBlocks(TensorBlocks.DefaultPatterns), BufferPolicy.Average, cuts);
            var distance = new ModelDistance(space);
            double[] start = [.. Enumerable.Repeat(0.25, space.Dimension)];
            double?[] found = [.. Enumerable.Range(0, space.Dimension).Select(moved => distance.Between(start, [.. start.Select((x, i) => i == moved ? x - 1 : x)]))];
            Assert.That(found, Is.EqualTo(expected).Within(1e-12));
        }
    }

    [Test]
    public void Between_SeveralCoefficientsMoved_IsTheNormOfAllTheyMove()
    {
        var space = new MergeSpace(new TaskArithmetic().Prepare(TaskVectors.Mapped(_family)), Granularity.Tensor, new TensorBlocks([]), BufferPolicy.Average);
        var distance = new ModelDistance(space);
        Assert.That(distance.Between([0, 0, 0, 0], [1, 1, 0, 0.5]), Is.EqualTo(Math.Sqrt(25 + 4 + 9)).Within(1e-12));
        Assert.That(distance.Between([0.5, 0, 0, 1], [0.5, 0, 0, 1]), Is.Zero);
    }

    [TestCase("weighted_average")]
    [TestCase("slerp")]
    [TestCase("karcher")]
    [TestCase("ties", "variant=mergekit")]
    [TestCase("ties", "variant=mergekit", "density={lower: 0.1, upper: 1, initial: 0.5}")]
    [TestCase("dare_linear", "drop_rate={lower: 0.1, upper: 0.9, initial: 0.5}")]
    [TestCase("tsv_m")]
    public void Between_AnyOperator_IsTheNormOfTheDifferenceOfItsMerges(string name, params string[] settings)
    {
        using var folder = new MergeFolder();
        (string, long[], float[])[] Model(int seed) => [("blocks.0.w", [50, 50], MergeFolder.Draw(seed, 2500)), ("blocks.1.w", [8, 5], MergeFolder.Draw(seed + 10, 40))];
        ModelFamily family = folder.Family(Model(1), Model(2), Model(3));
        var space = new MergeSpace(MergeFolder.Operator(name, settings).Prepare(TaskVectors.Mapped(family)), Granularity.Block, new TensorBlocks(TensorBlocks.DefaultPatterns), BufferPolicy.Average);
        double[] a = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.3 + (0.05 * i))];
        double[] b = [.. a.Select((x, i) => i % 2 == 0 ? x : x + 0.2)];
        WeightSet[] merged = [new(family.Layout), new(family.Layout)];
        new Merger(family.Layout).Merge([space.Decode(a)], [merged[0]]);
        new Merger(family.Layout).Merge([space.Decode(b)], [merged[1]]);
        double expected = Math.Sqrt(Enumerable.Range(0, 2).Sum(t => merged[0][t].ToArray().Zip(merged[1][t].ToArray(), (x, y) => Math.Pow((double)x - y, 2)).Sum()));
        Assert.That(expected, Is.GreaterThan(0.1));
        Assert.That(new ModelDistance(space).Between(a, b), Is.EqualTo(expected).Within(1e-5 * expected));
    }

    [Test]
    public void Between_WeightsThatDecideNoMerge_IsUnknown()
    {
        var space = new MergeSpace(new WeightedAverage().Prepare(TaskVectors.Mapped(_family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        Assert.That(new ModelDistance(space).Between([1, 1], [1, -1]), Is.Null);
    }

    public void Dispose()
    {
        _family.Dispose();
        _folder.Dispose();
    }
}
