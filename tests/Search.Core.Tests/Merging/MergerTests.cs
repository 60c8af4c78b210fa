using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;

namespace Search.Tests.Merging;

public sealed class MergerTests
{
    // A base of six weights and three task vectors with zeros, sign conflicts and a near-cancelling coordinate.
    private static readonly float[] Base = [1, -2, 0.5f, 4, 0, 10];
    private static readonly float[][] Tau = [[0.4f, -0.2f, 0.1f, 0, -0.3f, 0.05f], [-0.1f, -0.6f, 0.2f, 0.5f, 0.35f, 0], [0.2f, 0.3f, 0, -0.45f, 0.1f, -0.04f]];

    [TestCase(0.3, 0.3, 0.3, 1.15, -2.15, 0.59, 4.015, 0.045, 10.003, TestName = "Merge_OneLambda_IsTaskArithmetic")]
    [TestCase(-1, 0, 0, 0.6, -1.8, 0.4, 4, 0.3, 9.95, TestName = "Merge_NegativeLambda_IsNegation")]
    [TestCase(-1, 1, 1, 0.7, -2.1, 0.6, 4.05, 0.75, 9.91, TestName = "Merge_SignedLambdas_IsAnalogy")]
    [TestCase(0, 0, 0, 1, -2, 0.5, 4, 0, 10, TestName = "Merge_ZeroLambdas_IsTheBase")]
    public void Merge_TaskArithmetic_GivesTheKnownAnswer(double a, double b, double c, params double[] expected) =>
        Assert.That(Merged(new TaskArithmetic(), [a, b, c]), Is.EqualTo(expected).Within(1e-6));

    [TestCase(1, 1, 1)]
    [TestCase(0.2, 0.2, 0.2)]
    public void Merge_EqualWeights_IsTheUniformAverage(double a, double b, double c) =>
        Assert.That(
            Merged(new WeightedAverage(), [a, b, c]),
            Is.EqualTo(new[] { 1.1666667, -2.1666667, 0.6, 4.0166667, 0.05, 10.0033333 }).Within(1e-6));

    [Test]
    public void Merge_OneHotWeights_IsTheExpert([ValueSource(typeof(LinearOperators), nameof(LinearOperators.All))] MergeOperator merge, [Values(0, 1, 2)] int expert)
    {
        double[] oneHot = [.. Enumerable.Range(0, 3).Select(k => k == expert ? 1.0 : 0)];
        Assert.That(Merged(merge, oneHot), Is.EqualTo(Base.Zip(Tau[expert], (x, tau) => x + tau)).Within(1e-6));
    }

    [Test]
    public void Merge_TwoStepsOfTaskArithmetic_AddUp() =>
        Assert.That(
            Merged(new TaskArithmetic(), [1, 1, 1]),
            Is.EqualTo(Merged(new TaskArithmetic(), [1, 1, 0]).Zip(Tau[2], (x, tau) => x + tau)).Within(1e-6));

    [Test]
    public void Decode_WeightsThatCancel_AreRefused() =>
        Assert.That(() => Merged(new WeightedAverage(), [1, -1, 0]), Throws.TypeOf<MergeException>().With.Message.Contains("sum to zero"));

    [Test]
    public void Merge_MappedFiles_GivesTheBitsOfResidentVectors(
        [Values(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.F64)] TensorType type, [Values(TensorType.F32, TensorType.F16, TensorType.BF16)] TensorType storage)
    {
        using var folder = new TemporaryFolder();
        using ModelFamily family = Random(folder, type, elements: 200_001);
        MergeWeights weights = Weights(family, [0.3, -0.7, 1.1]);
        Assert.That(Merge(TaskVectors.Mapped(family, storage), weights), Is.EqualTo(Merge(TaskVectors.Resident(family, storage), weights)));
    }

    [Test]
    public void Merge_StoredVectors_IsTheSumOfTheRoundedOnesAndTheWholeBase([Values(TensorType.F16, TensorType.BF16)] TensorType storage)
    {
        using var folder = new TemporaryFolder();
        using ModelFamily family = Random(folder, TensorType.F32, elements: 3000);
        float[] start = family.Base.ReadFloats(family.Shared[0]);
        float[][] taus = [.. family.Experts.Select(expert => expert.Value.ReadFloats(family.Shared[0]).Zip(start, (x, o) => x - o).ToArray())];
        Array.ForEach(taus, tau => VectorTensor.Round(tau, storage));
        double[] weights = [0.3, -0.7, 1.1];
        float[] merged = Merge(TaskVectors.Resident(family, storage), Weights(family, weights));
        Assert.That(merged, Is.EqualTo(start.Select((x, i) => x + taus.Select((tau, k) => weights[k] * tau[i]).Sum())).Within(5e-7));
        Assert.That(merged, Is.Not.EqualTo(Merge(TaskVectors.Resident(family), Weights(family, weights))).Within(1e-5), "vectors were rounded");
    }

    [Test]
    public void Merge_AnyNumberOfThreads_GivesTheSameBits([Values] bool elects)
    {
        using var folder = new TemporaryFolder();
        using ModelFamily family = Random(folder, TensorType.F32, elements: 300_001);
        MergeWeights weights = Weights(family, [0.3, -0.7, 1.1]);
        if (elects)
        {
            MergeWeights plain = weights;
            weights = new MergeWeights(plain.Vectors, null, new ReduceRule(SignVote.Mass, true, 1, true));
            plain[0].CopyTo(weights[0]);
            weights.IsRuled(0) = true;
        }

        float[] Merged(int threads)
        {
            var merged = new WeightSet(family.Layout);
            new Merger(family.Layout) { Threads = threads }.Merge([weights], [merged]);
            return merged[0].ToArray();
        }

        float[] one = Merged(1);
        Assert.That(new[] { Merged(2), Merged(7) }, Is.All.EqualTo(one));
    }

    [Test]
    public void Merge_SeveralCandidates_GivesTheBitsOfSinglePasses()
    {
        using var folder = new TemporaryFolder();
        using ModelFamily family = Random(folder, TensorType.F32, elements: 150_000);
        var merger = new Merger(family.Layout);
        MergeWeights[] candidates = [Weights(family, [0.3, 0.2, 0.1]), Weights(family, [0, 1, 0]), Weights(family, [-0.5, 1.5, 0.25])];
        WeightSet[] together = [.. candidates.Select(_ => new WeightSet(family.Layout))];
        merger.Merge(candidates, together);
        for (int i = 0; i < candidates.Length; i++)
        {
            Assert.That(together[i][0].ToArray(), Is.EqualTo(Merge(TaskVectors.Resident(family), candidates[i])));
        }
    }

    [Test]
    public void MergeSlice_AnySlice_GivesTheBitsOfTheWholeMerge()
    {
        using var folder = new TemporaryFolder();
        using ModelFamily family = Random(folder, TensorType.F16, elements: 10_000);
        MergeWeights weights = Weights(family, [0.4, 0.4, 0.4]);
        float[] slice = new float[5000];
        Merger.MergeSlice(weights, 0, 3333, slice);
        Assert.That(slice, Is.EqualTo(Merge(TaskVectors.Resident(family), weights)[3333..8333]));
    }

    [Test]
    public void Merge_ExpertOfWeightZero_TakesNoPartWhateverItHolds()
    {
        using var folder = new TemporaryFolder();
        using ModelFamily family = Family(folder, [[float.NaN, 1], [3, 4]], [1, 1]);
        Assert.That(Merge(TaskVectors.Resident(family), Weights(family, [0, 1])), Is.EqualTo(new float[] { 3, 4 }));
    }

    private static ModelFamily Family(TemporaryFolder folder, float[][] experts, float[] baseWeights, TensorType type = TensorType.F32)
    {
        string Save(string name, float[] values) => folder.Safetensors($"{name}.safetensors", TensorContent.FromFloats("w", type, [values.Length], values));
        return ModelFamily.Open(
            Save("base", baseWeights), experts.Select((values, k) => KeyValuePair.Create($"e{k}", Save($"e{k}", values))).ToArray(), []);
    }

    private static ModelFamily Random(TemporaryFolder folder, TensorType type, int elements)
    {
        var random = new Random(1);
        float[] Draw() => [.. Enumerable.Range(0, elements).Select(_ => (float)(random.NextDouble() - 0.5))];
        return Family(folder, [Draw(), Draw(), Draw()], Draw(), type);
    }

    private static MergeWeights Weights(ModelFamily family, double[] coefficients) =>
        new MergeSpace(new TaskArithmetic().Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average).Decode(coefficients);

    private static float[] Merge(TaskVectors vectors, MergeWeights weights)
    {
        var merged = new WeightSet(vectors.Layout);
        new Merger(vectors.Layout).Merge([weights.Over(vectors)], [merged]);
        return merged[0].ToArray();
    }

    private static float[] Merged(MergeOperator merge, double[] coefficients)
    {
        using var folder = new TemporaryFolder();
        using ModelFamily family = Family(folder, [.. Tau.Select(tau => Base.Zip(tau, (x, t) => x + t).ToArray())], Base);
        var space = new MergeSpace(merge.Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        return Merge(TaskVectors.Resident(family), space.Decode(coefficients));
    }
}
