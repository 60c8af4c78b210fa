using Search.Strategies;

namespace Search.Tests;

public sealed class RngTests
{
    [Test]
    public void NextGaussian_ManyDraws_HasTheMomentsOfANormal()
    {
        double[] draws = [.. Enumerable.Range(0, 100).SelectMany(i =>
        {
            var rng = new Rng(1, 2, i);
            return Enumerable.Range(0, 1000).Select(_ => rng.NextGaussian());
        })];
        Assert.Multiple(() =>
        {
            Assert.That(draws.Average(), Is.EqualTo(0).Within(4 / Math.Sqrt(draws.Length)));
            Assert.That(draws.Average(x => x * x), Is.EqualTo(1).Within(4 * Math.Sqrt(2.0 / draws.Length)));
            Assert.That(draws.Average(x => x * x * x * x), Is.EqualTo(3).Within(4 * Math.Sqrt(96.0 / draws.Length)));
        });
    }

    [Test]
    public void Constructor_OtherCoordinates_GivesOtherStreams()
    {
        (long, long, long)[] streams = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (-1, 0, 0)];
        Assert.That(streams.Select(s => new Rng(s.Item1, s.Item2, s.Item3).NextBits()), Is.Unique);
    }

    [Test]
    public void NextUniform_ManyDraws_StaysBelowOne()
    {
        var rng = new Rng(9, 0, 0);
        Assert.That(Enumerable.Range(0, 10_000).Select(_ => rng.NextUniform()), Is.All.InRange(0, 1 - 1e-16));
    }
}
