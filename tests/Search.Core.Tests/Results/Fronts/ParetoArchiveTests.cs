using Search.Results.Fronts;

namespace Search.Tests.Results.Fronts;

public sealed class ParetoArchiveTests
{
    [Test]
    public void Add_RandomVectors_KeepsTheirFrontAndNeverLosesVolume([Values(2, 3, 4)] int objectives)
    {
        var archive = new ParetoArchive<int>();
        double[][] points = RandomFronts.Points(new Rng(5, objectives, 0), 150, objectives, 12);
        double[] reference = [.. Enumerable.Repeat(1.0, objectives)];
        double volume = 0;
        for (int i = 0; i < points.Length; i++)
        {
            bool isKept = archive.Add(points[i], i);
            Assert.That(archive.Entries.Any(entry => entry.Item == i), Is.EqualTo(isKept));
            double now = Hypervolume.Of([.. archive.Entries.Select(entry => entry.Objectives)], reference);
            Assert.That(now, Is.GreaterThanOrEqualTo(volume - 1e-12), "volume never falls");
            volume = now;
        }

        Assert.That(archive.Entries.Select(entry => entry.Item), Is.EqualTo(Dominance.Front(points)), "in the order of coming, of equal ones the first");
    }

    [Test]
    public void Add_WithResolution_KeepsOneABoxNearTheFront()
    {
        const double Resolution = 0.1;
        var archive = new ParetoArchive<int>(Resolution);
        double[][] points = [.. RandomFronts.Nondominated(new Rng(6, 0, 0), 2000, 3)];
        for (int i = 0; i < points.Length; i++)
        {
            archive.Add(points[i], i);
        }

        double[][] kept = [.. archive.Entries.Select(entry => entry.Objectives)];
        Assert.That(kept, Has.Length.LessThan(150));
        Assert.That(kept.Select(point => string.Join(' ', point.Select(x => Math.Floor(x / Resolution)))), Is.Unique);
        Assert.That(Dominance.Front(kept), Has.Length.EqualTo(kept.Length), "none dominates another");
        Assert.That(FrontIndicators.AdditiveEpsilon(kept, points), Is.LessThanOrEqualTo(Resolution));
    }
}
