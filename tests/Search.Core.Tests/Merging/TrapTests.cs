using Search.Merging;
using static Search.Tests.Merging.MergeFolder;

namespace Search.Tests.Merging;

// Where papers, their code and toolkits differ, or where a formula that looks alike is another one.
public sealed class TrapTests : IDisposable
{
    private readonly MergeFolder _folder = new();

    // Sums that are exactly zero: 1/2 − 1/2, and 1/2 − 1/4 − 1/4 of three.
    [Test]
    public void T3_Emr_SumOfZero_ElectsTheNegativeSign()
    {
        double[] OfTask(int task, float[][] taus) => TaskDelta(Operator("emr"), taus, task);
        float[][] two = [[0.5f, 1], [-0.5f, 1]];
        Assert.That(OfTask(0, two), Is.EqualTo(new[] { 0, 1.5 }), "the first task's element does not agree, and 1.5 of magnitude are left to 1");
        Assert.That(OfTask(1, two), Is.EqualTo(new[] { -0.5, 1 }));
        float[][] three = [[0.5f, 1], [-0.25f, 1], [-0.25f, 1]];
        Assert.That(OfTask(0, three), Is.EqualTo(new[] { 0, 1.5 }));
        Assert.That(OfTask(2, three), Is.EqualTo(new[] { -0.25, 1 }));
    }

    // Weights and values are powers of two, so that products cancel exactly; 35 elements fill registers and leave a rest.
    [TestCase("ties", "variant=mergekit", 0.5)]
    [TestCase("ties", "variant=mergekit normalize=false", 0.5)]
    [TestCase("ties", "variant=mergekit vote=count", 0.5)]
    [TestCase("dare_ties", "drop_rate=0", 0.5)]
    [TestCase("breadcrumbs_ties", "density=1", 0.5)]
    [TestCase("della", "density=1", 0.5)]
    [TestCase("ties", "variant=mergekit lambda=4", 2)]
    public void T3_WeightedElection_ProductsThatCancel_ElectThePositiveSign(string name, string settings, double expected)
    {
        float[] Row(float value) => [.. Enumerable.Range(0, 35).Select(i => i % 2 == 0 ? value : -value)];
        ModelFamily family = _folder.Family([35], new float[35], Row(0.5f), Row(-0.25f));
        double[] merged = Delta(family, Operator(name, settings.Split(' ')), 1, 2)[0];
        Assert.That(merged.Where((_, i) => i % 2 == 0), Is.All.EqualTo(expected), "of the first expert's 1/2");

        // Where signs are the other way round, the second's 2·(1/4) are positive; normalised they are its 1/4.
        bool divides = (name == "ties" && !settings.Contains("normalize=false")) || name == "della";
        Assert.That(merged.Where((_, i) => i % 2 == 1), Is.All.EqualTo(divides ? expected / 2 : expected), "of the second's 1/4");
    }

    [Test]
    public void T3_WeightedElection_NegativeWeight_VotesTheOtherWay()
    {
        ModelFamily family = _folder.Family([1], [0], [0.5f], [0.25f]);
        Assert.That(Delta(family, Operator("ties", "variant=mergekit", "normalize=false"), 1, -2)[0][0], Is.EqualTo(0.5));
        Assert.That(Delta(family, Operator("ties", "variant=mergekit", "normalize=false"), 1, -4)[0][0], Is.EqualTo(-1), "without a tie it wins");
    }

    // (Σ w b)(Σ w a) would be 1/4 everywhere.
    [TestCase("weighted_average", 1, 1)]
    [TestCase("weighted_average", 0.5, 0.5)]
    [TestCase("task_arithmetic", 0.5, 0.5)]
    public void T7_AverageOfOrthogonalRankOneVectors_AddsProductsAndNotFactors(string name, double first, double second)
    {
        float[] Product(float[] b, float[] a) => [.. b.SelectMany(x => a.Select(y => x * y))];
        float[][] factors = [[1, 0], [0, 1]];
        ModelFamily family = _folder.Family([2, 2], [3, -1, 0.5f, 2], [.. factors.Select(factor => Product(factor, factor))]);
        double[] merged = Delta(family, Operator(name), first, second)[0];
        Assert.That(merged, Is.EqualTo(new[] { 0.5, 0, 0, 0.5 }));
        Assert.That(Product([0.5f, 0.5f], [0.5f, 0.5f]), Is.All.EqualTo(0.25f), "the factors' average");
    }

    // Two examples with opposite gradients of the first element: Σ g² is 8 and 2 there, (Σ g)² is 0 for both experts.
    [TestCase("floor=0", 0, TestName = "T10_FisherOfSummedGradientsWithoutFloor_KeepsTheBase")]
    [TestCase("floor_of=first", 1, TestName = "T10_FisherOfSummedGradients_IsTheFirstExpert")]
    [TestCase("floor_of=all", 3, TestName = "T10_FisherOfSummedGradientsFloored_IsTheAverage")]
    public void T10_FisherOfSummedGradients_LosesWhatExamplesDisagreeOn(string setting, double expected)
    {
        float[][][] gradients = [[[2, 1], [-2, 1]], [[1, 1], [-1, 1]]]; // by expert and example
        float[] PerExample(float[][] examples) => [.. Enumerable.Range(0, 2).Select(i => examples.Sum(g => g[i] * g[i]))];
        float[] Summed(float[][] examples) => [.. Enumerable.Range(0, 2).Select(i => MathF.Pow(examples.Sum(g => g[i]), 2))];
        double[] Merged(Func<float[][], float[]> fisher)
        {
            ModelFamily family = _folder.Family([2], [7, 7], [1, 1], [5, 5]);
            return Delta(family, Operator("fisher", [.. _folder.Statistics([2], [.. gradients.Select(fisher)]), setting]), 0.5, 0.5)[0];
        }

        Assert.That(Merged(PerExample), Is.EqualTo(new[] { ((8 * 1) + (2 * 5)) / 10.0, 3 }).Within(1e-6));
        Assert.That(Merged(Summed), Is.EqualTo(new[] { expected, 3 }).Within(1e-6));
    }

    public void Dispose() => _folder.Dispose();

    private double[] TaskDelta(MergeOperator merge, float[][] taus, int task)
    {
        ModelFamily family = _folder.Family([taus[0].Length], new float[taus[0].Length], taus);
        var space = new MergeSpace(merge.Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        var merged = new WeightSet(family.Layout);
        new Merger(family.Layout).Merge([space.Decode([.. taus.Select(_ => 1.0)], $"e{task}")], [merged]);
        return [.. merged[0].ToArray().Select(value => (double)value)];
    }
}
