using MathNet.Numerics.Distributions;
using Search.Controller.Racing;
using Search.Evaluation;

namespace Search.Tests.Controller.Racing;

public sealed class PairedTestTests
{
    private static readonly PairedTest Test = new([new Objective(ScoreKind.Entropy)], ["p"]);

    [Test]
    public void Level_KnownDifferences_IsStudents()
    {
        // Differences 1 … 8: mean 4.5, standard deviation √6, error √(6/8), and half of the examples are seen, so √(6/8 · ½).
        Racer worse = Racers.Of(0, 1, [2, 4, 6, 8, 10, 12, 14, 16]);
        Racer better = Racers.Of(1, 1, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Multiple(() =>
        {
            Assert.That(Test.Level(0, worse, better, 0.5), Is.EqualTo(StudentT.CDF(0, 1, 7, -4.5 / Math.Sqrt(6.0 / 8 / 2))).Within(1e-14));
            Assert.That(Test.Level(0, better, worse, 0.5), Is.EqualTo(1));
            Assert.That(Test.Level(0, worse, worse, 0.5), Is.EqualTo(1));
        });
    }

    [Test]
    public void Level_TableOfStudent_IsMet()
    {
        // t = 1.895 has the one-sided level 0.05 with 7 degrees of freedom; a share of 0 stands for examples without end.
        double[] pattern = [-7, -5, -3, -1, 1, 3, 5, 7]; // standard deviation √24
        double mean = 1.895 * Math.Sqrt(24.0 / 8);
        Assert.That(Test.Level(0, Racers.Of(0, 1, [.. pattern.Select(value => value + mean)]), Racers.Of(1, 1, new double[8]), 0), Is.EqualTo(0.05).Within(1e-4));
    }

    [Test]
    public void Level_BlocksOfSeveralRungs_WeighByTheirExamples()
    {
        // Two examples a block and then one: σ² = Σ k (d − mean)² / (blocks − 1), and the mean's variance is σ² over all examples.
        Racer Made(long id, double[] first, double[] second)
        {
            Racer racer = Racers.Of(id, 2, first);
            Racer other = Racers.Of(id, 1, second, second);
            racer.Add(other.Rungs[1] with { Objectives = [((2 * first.Sum()) + second.Sum()) / ((2 * first.Length) + second.Length)] });
            return racer;
        }

        double[] some = [1, 3, 2, 4];
        double[] more = [0, 5, 2, 1, 4, 6];
        double mean = ((2 * some.Sum()) + more.Sum()) / 14;
        double variance = ((2 * some.Sum(value => (value - mean) * (value - mean))) + more.Sum(value => (value - mean) * (value - mean))) / 9 / 14;
        Assert.That(Test.Level(0, Made(0, some, more), Made(1, new double[4], new double[6]), 0), Is.EqualTo(StudentT.CDF(0, 1, 9, -mean / Math.Sqrt(variance))).Within(1e-12));
    }

    [Test]
    public void Level_FewBlocks_SaysNothing() =>
        Assert.That(Test.Level(0, Racers.Of(0, 1, [5, 5.1, 5.2, 5, 5.1, 5.2, 5.1]), Racers.Of(1, 1, new double[7]), 0.5), Is.EqualTo(1));

    // Candidates that all examples together find alike look unlike on a part by chance alone: as often as the level says.
    [TestCase(32, 0.5)]
    [TestCase(16, 0.25)]
    public void Level_AlikeOnAllExamples_IsUniform(int examples, double share)
    {
        const int Draws = 4000;
        int below = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            var random = new Rng(11, draw, 0);
            double[] difference = [.. Enumerable.Range(0, 64).Select(_ => random.NextGaussian())];
            double mean = difference.Average();
            double[][] seen = Racers.Draw([[.. difference.Select(value => value - mean)], new double[64]], examples, draw);
            below += Test.Level(0, Racers.Of(0, 1, seen[0]), Racers.Of(1, 1, seen[1]), share) <= 0.05 ? 1 : 0;
        }

        Assert.That(below / (double)Draws, Is.EqualTo(0.05).Within(4 * Math.Sqrt(0.05 * 0.95 / Draws)));
    }
}
