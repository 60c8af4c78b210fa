using Search.Results.Fronts;

namespace Search.Tests.Results.Fronts;

public sealed class FrontStandingTests
{
    [Test]
    public void Of_TwoFronts_HasTheNumbersOfHand()
    {
        // Ranges of the front of both, (0, 4), (1, 1) and (2, 0): 2 and 4.
        double[][] mine = [[0, 4], [1, 1], [2, 0]];
        double[][] theirs = [[1, 2], [2, 0]];
        long effort = 1000;
        (FrontStanding one, FrontStanding other) = FrontStanding.Of(mine, theirs, [3, 5], ref effort);
        Assert.Multiple(() =>
        {
            Assert.That((one.Size, one.Unbeaten), Is.EqualTo((3, 3)), "equal ones are no worse");
            Assert.That((other.Size, other.Unbeaten), Is.EqualTo((2, 1)));
            Assert.That(one.Hypervolume, Is.EqualTo(1 + 4 + 5).Within(1e-12));
            Assert.That(other.Hypervolume, Is.EqualTo(3 + 5).Within(1e-12));
            Assert.That(one.Distance, Is.Zero);
            Assert.That(other.Distance, Is.EqualTo((0.5 + 0.25) / 3).Within(1e-12), "(0.5, 0.5) against (0, 1) and (0.5, 0.25)");
            Assert.That(one.Epsilon, Is.Zero);
            Assert.That(other.Epsilon, Is.EqualTo(0.5).Within(1e-12));
            Assert.That(other.Spread, Is.Zero);
            Assert.That(one.Spread, Is.EqualTo(FrontIndicators.Spread([[0, 1], [0.5, 0.25], [1, 0]])).Within(1e-12));
        });
    }

    [Test]
    public void Of_ObjectivesInOtherUnits_IsTheSameButForVolumes()
    {
        double[][] mine = RandomFronts.Nondominated(new Rng(1, 0, 0), 12, 3);
        double[][] theirs = RandomFronts.Nondominated(new Rng(2, 0, 0), 15, 3);
        static double[][] Other(double[][] points) => [.. points.Select(point => new[] { (1000 * point[0]) + 7, point[1], point[2] / 64 })];
        long effort = 100_000;
        (FrontStanding Mine, FrontStanding Theirs) plain = FrontStanding.Of(mine, theirs, [1, 1, 1], ref effort);
        (FrontStanding Mine, FrontStanding Theirs) scaled = FrontStanding.Of(Other(mine), Other(theirs), [1007, 1, 1 / 64.0], ref effort);
        Assert.Multiple(() =>
        {
            Assert.That((scaled.Mine.Unbeaten, scaled.Theirs.Unbeaten), Is.EqualTo((plain.Mine.Unbeaten, plain.Theirs.Unbeaten)));
            Assert.That(scaled.Mine.Distance, Is.EqualTo(plain.Mine.Distance).Within(1e-9).And.Positive);
            Assert.That(scaled.Theirs.Epsilon, Is.EqualTo(plain.Theirs.Epsilon).Within(1e-9).And.Positive);
            Assert.That(scaled.Mine.Hypervolume, Is.EqualTo(plain.Mine.Hypervolume! * 1000 / 64).Within(1e-6));
            Assert.That(plain.Mine.Spread, Is.Null);
        });
        effort = 3;
        Assert.That(FrontStanding.Of(mine, theirs, [1, 1, 1], ref effort).Theirs.Hypervolume, Is.Null);
    }
}
