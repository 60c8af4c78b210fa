namespace Search.Tests.Merging;

public sealed class RankSparsifierTests : OperatorFixture
{
    private const int Rows = 4000;

    private static readonly float[] Row = [0.5f, -4, 2, 1]; // ranks 0, 3, 2, 1

    // Probabilities rise evenly with the rank, and dividing by each keeps the expectation: E τ̂ = τ.
    [TestCase("density=0.5,epsilon=0.3", new[] { 0.35, 0.65, 0.55, 0.45 })]
    [TestCase("variant=mergekit,density=0.5,epsilon=0.15,rescale=expectation", new[] { 0.35, 0.65, 0.55, 0.45 })]
    [TestCase("density=0.8,epsilon=0", new[] { 0.8, 0.8, 0.8, 0.8 })]
    public void Merge_ManyRows_KeepsEachRankAsOftenAsItsProbability(string settings, double[] probabilities)
    {
        float[] tau = [.. Enumerable.Repeat(Row, Rows).SelectMany(row => row)];
        double[] kept = Delta(Operator("della_linear", settings), [1], [tau], new float[tau.Length], shape: [Rows, Row.Length]);
        for (int column = 0; column < Row.Length; column++)
        {
            double p = probabilities[column];
            double[] values = [.. kept.Where((_, i) => i % Row.Length == column)];
            Assert.That(values, Is.All.EqualTo(0).Or.EqualTo(Row[column] / p).Within(1e-5), "dropped or rescaled, nothing else");
            Assert.That((values.Count(value => value != 0) - (p * Rows)) / Math.Sqrt(p * (1 - p) * Rows), Is.InRange(-4, 4), $"column {column}");
        }
    }

    [Test]
    public void Merge_RescaledByNorm_KeepsTheTensorsNorm()
    {
        double[] kept = Delta(Operator("della_linear", "variant=mergekit,density=0.5,mask_seed=3"), [1], [Tau[0]], new float[6]);
        Assert.That(kept.Sum(Math.Abs), Is.EqualTo(Tau[0].Sum(Math.Abs)).Within(1e-6));
        Assert.That(kept.Count(value => value != 0), Is.InRange(1, 4));
    }

    [Test]
    public void Merge_AnySeed_GivesMasksOfItsOwnAndTheSameAgain()
    {
        float[] tau = [.. Enumerable.Range(1, 500).Select(i => i / 100f)];
        double[] Masked(string settings, params float[][] taus) => Delta(Operator("della_linear", settings), [.. taus.Select(_ => 1.0)], taus, new float[tau.Length]);
        double[] first = Masked("mask_seed=1", tau);
        Assert.That(Masked("mask_seed=1", tau), Is.EqualTo(first).And.Not.EqualTo(Masked("mask_seed=2", tau)));
        Assert.That(Masked("mask_seed=1,scope=tensor", tau), Is.EqualTo(first), "a vector is one row");
        double[] both = Masked("rescale=none,epsilon=0", tau, tau);
        Assert.That(both.Where((value, i) => Math.Abs(value - (2 * tau[i])) < 1e-4).Count() / 500.0, Is.EqualTo(0.25).Within(0.08), "experts have masks of their own");
    }

    [TestCase(1)]
    [TestCase(0)]
    public void Merge_OneElementOrNone_IsKeptWithTheDensity(int count)
    {
        int[] kept = [.. Enumerable.Range(0, 100).Select(seed => Delta(Operator("della_linear", $"density=0.6,mask_seed={seed}"), [1], [new float[count].Select(_ => 3f).ToArray()], new float[count]).Count(value => value != 0))];
        Assert.That(kept.Sum() / 100.0, Is.EqualTo(0.6 * count).Within(0.2));
    }
}
