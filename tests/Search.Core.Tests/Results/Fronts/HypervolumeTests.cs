using System.Diagnostics;
using Search.Results.Fronts;

namespace Search.Tests.Results.Fronts;

public sealed class HypervolumeTests
{
    [Test]
    public void Of_KnownSets_IsTheKnownVolume()
    {
        double[][] plane = [[-8.5, -3], [-8.5, -3.5], [-5, -5], [-9, -1], [-4, -5]];
        double[][] solid = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        double[][] four = [[1, 4], [2, 3], [4, 1], [1, 1]];
        Assert.Multiple(() =>
        {
            Assert.That(Hypervolume.Of(plane, [0, 0]), Is.EqualTo(37.75).Within(1e-12));
            Assert.That(Hypervolume.Of(plane, [-1, -0.5]), Is.EqualTo(28.75).Within(1e-12));
            Assert.That(Hypervolume.Of(solid, [2.1, 2.5, 2.3]), Is.EqualTo(11.075).Within(1e-12));
            Assert.That(Hypervolume.Of([.. four.Select(point => point.Select(x => -x).ToArray())], [0, 0]), Is.EqualTo(9));
            Assert.That(Hypervolume.Of([], [1, 1]), Is.Zero);
            Assert.That(Hypervolume.Of([[2, 0], [1, 0]], [1, 1]), Is.Zero, "not below the reference point");
        });
    }

    [Test]
    public void Of_PointsOnKnownFronts_ApproachesTheVolumeOfTheFront()
    {
        double[][] Curve(Func<double, double> f) => [.. Enumerable.Range(0, 20_001).Select(i => new[] { i / 20_000.0, f(i / 20_000.0) })];
        Assert.That(Hypervolume.Of(Curve(x => 1 - Math.Sqrt(x)), [1.1, 1.1]), Is.EqualTo(1.21 - (1 / 3.0)).Within(2e-4));
        Assert.That(Hypervolume.Of(Curve(x => 1 - (x * x)), [1.1, 1.1]), Is.EqualTo(1.21 - (2 / 3.0)).Within(2e-4));
    }

    [Test]
    public void Of_RandomSets_EqualsInclusionAndExclusion([Values(1, 2, 3, 4, 5, 6, 7, 8)] int objectives)
    {
        for (int round = 0; round < 40; round++)
        {
            var rng = new Rng(1, objectives, round);
            double[][] points = RandomFronts.Points(rng, 1 + (round % 12), objectives, round % 2 == 0 ? 4 : null);
            double[] reference = [.. Enumerable.Repeat(0.9, objectives)];
            Assert.That(Hypervolume.Of(points, reference), Is.EqualTo(Inclusion(points, reference)).Within(1e-12), $"round {round}");
        }
    }

    [Test]
    public void Contributions_RandomSets_AreWhatIsLostWithoutEach([Values(2, 3, 4, 5)] int objectives)
    {
        double[][] points = [.. RandomFronts.Points(new Rng(2, objectives, 0), 12, objectives, 5)];
        double[] reference = [.. Enumerable.Repeat(1.0, objectives)];
        double all = Hypervolume.Of(points, reference);
        double[] without = [.. points.Select((_, index) => all - Hypervolume.Of([.. points.Where((_, other) => other != index)], reference))];
        long effort = 1_000_000;
        Assert.That(Hypervolume.Contributions(points, reference, ref effort), Is.EqualTo(without).Within(1e-12));
        Assert.That(effort, Is.InRange(1, 999_999));
        effort = 20;
        Assert.That(Hypervolume.Contributions(points, reference, ref effort), Is.Null);
    }

    [Test]
    public void Of_AnyOrderOfTheNumbers_IsTheSame([Values(4, 5)] int objectives)
    {
        double[][] points = [.. RandomFronts.Nondominated(new Rng(4, 0, 0), 150, objectives), .. RandomFronts.Points(new Rng(5, 0, 0), 50, objectives, 6)];
        double[] reference = [.. Enumerable.Repeat(1.05, objectives)];
        double volume = Hypervolume.Of(points, reference);
        for (int shift = 1; shift < objectives; shift++)
        {
            Assert.That(Hypervolume.Of([.. points.Select(point => point.Skip(shift).Concat(point.Take(shift)).ToArray())], reference), Is.EqualTo(volume).Within(1e-11));
        }
    }

    [Test]
    public void Of_TenThousandVectorsOfFourNumbers_TakesSeconds([Values] bool curved)
    {
        double[][] points = RandomFronts.Nondominated(new Rng(3, 0, 0), 10_000, 4);
        points = curved ? [.. points.Select(point => point.Select(Math.Sqrt).ToArray())] : points; // on a sphere
        long start = Stopwatch.GetTimestamp();
        long effort = Hypervolume.Affordable;
        double? volume = Hypervolume.Of(points, [1, 1, 1, 1], ref effort);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        TestContext.Out.WriteLine($"{volume} in {time.TotalMilliseconds:0} ms, {Hypervolume.Affordable - effort} comparisons");
        Assert.That(volume, curved ? Is.InRange(0.6, 1 - (Math.PI * Math.PI / 32)) : Is.InRange(0.9, 23 / 24.0), "nearly all below the reference but what the front leaves");
        Assert.That(time.TotalSeconds, Is.LessThan(10));
    }

    [Test]
    public void Of_MoreThanItMayTake_IsNotMeasured()
    {
        double[][] points = RandomFronts.Nondominated(new Rng(6, 0, 0), 400, 8);
        double[] reference = [.. Enumerable.Repeat(1.0, 8)];
        long effort = 100_000;
        Assert.That(Hypervolume.Of(points, reference, ref effort), Is.Null);
        Assert.That(effort, Is.Negative);
        effort = 100_000;
        Assert.That(Hypervolume.Of(points[..20], reference, ref effort), Is.EqualTo(Hypervolume.Of(points[..20], reference)));
        long left = effort;
        Assert.That(Hypervolume.Of(points[..20], reference, ref effort), Is.Not.Null);
        Assert.That(left - effort, Is.EqualTo(100_000 - left), "the same work each time");
    }

    [Test]
    public void Of_WrongVectors_AreRefused()
    {
        Assert.That(() => Hypervolume.Of([[1, 2, 3]], [4, 4]), Throws.ArgumentException);
        Assert.That(() => Hypervolume.Of([[1, double.NaN]], [4, 4]), Throws.ArgumentException);
    }

    // Over all subsets, the box that all of a subset dominate, added or subtracted.
    private static double Inclusion(double[][] points, double[] reference)
    {
        double sum = 0;
        for (int subset = 1; subset < 1 << points.Length; subset++)
        {
            double box = 1;
            for (int m = 0; m < reference.Length; m++)
            {
                box *= Math.Max(0, reference[m] - points.Where((_, i) => ((subset >> i) & 1) == 1).Max(point => point[m]));
            }

            sum += int.IsOddInteger(int.PopCount(subset)) ? box : -box;
        }

        return sum;
    }
}
