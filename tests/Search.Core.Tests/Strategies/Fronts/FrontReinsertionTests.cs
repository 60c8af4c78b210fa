using Search.Results.Fronts;
using Search.Strategies.Fronts;
using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Fronts;

public sealed class FrontReinsertionTests
{
    [Test]
    public void Reinsert_ByCrowding_TakesFrontsFirstThenTheLeastCrowded()
    {
        // A front of five, two of which crowd one another, and one that they dominate.
        Individual[] all = Individuals([[0, 4], [1, 3], [1.1, 2.9], [2, 2], [4, 0], [5, 5]]);
        var reinsertion = new CrowdingReinsertion();
        Assert.That(Orders(reinsertion.Reinsert(all[..3], all[3..], 5)), Is.EquivalentTo(new[] { 0, 1, 2, 3, 4 }));
        Assert.That(Orders(reinsertion.Reinsert(all[..3], all[3..], 4)), Does.Not.Contain(2).Or.Not.Contain(1));
        Assert.That(Orders(reinsertion.Reinsert(all, [], 2)), Is.EquivalentTo(new[] { 0, 4 }), "the ends are lonely");
        Assert.That(Orders(reinsertion.Reinsert(all, [], 10)).Last(), Is.EqualTo(5));
    }

    [Test]
    public void Reinsert_ByCrowding_LeavesGapsEven()
    {
        // Taking the eleven that are least crowded at once would take neighbours: on a line that is full all are crowded alike.
        Individual[] line = Individuals([.. Enumerable.Range(0, 101).Select(i => new[] { i / 100.0, 1 - (i / 100.0) })]);
        double[] kept = [.. new CrowdingReinsertion().Reinsert(line, [], 11).Select(one => one.Objectives[0]).Order()];
        Assert.That(kept.Skip(1).Zip(kept, (b, a) => b - a), Is.All.InRange(0.04, 0.17));
        Assert.That((kept[0], kept[^1]), Is.EqualTo((0.0, 1.0)));
    }

    [Test]
    public void Reinsert_ByReference_KeepsOneForEachDirection()
    {
        // On the plane of sum 1: a vector at each direction among a crowd around one of them.
        IReadOnlyList<double[]> directions = ReferenceDirections.Lattice(3, 4);
        var rng = new Rng(7, 0, 0);
        double[][] crowd = [.. Enumerable.Range(0, 30).Select(_ =>
        {
            (double a, double b) = (0.02 * rng.NextUniform(), 0.02 * rng.NextUniform());
            return new[] { 0.5 + a, 0.25 + b, 0.25 - a - b };
        })];
        Individual[] all = Individuals([.. crowd, .. directions]);
        IReadOnlyList<Individual> kept = new ReferenceReinsertion(directions).Reinsert(all[..20], all[20..], directions.Count);
        Assert.That(kept.Select(one => one.Objectives), Is.EquivalentTo(directions));
    }

    [Test]
    public void Reinsert_AnyFronts_KeepsTheFirstRanksWhole([Values] bool isThird, [Values(2, 3, 4)] int objectives)
    {
        for (int round = 0; round < 10; round++)
        {
            Individual[] all = Individuals(Results.Fronts.RandomFronts.Points(new Rng(8, objectives, round), 40, objectives, round % 2 == 0 ? 4 : null));
            IReinsertion reinsertion = isThird ? new ReferenceReinsertion(ReferenceDirections.About(objectives, 15)) : new CrowdingReinsertion();
            int[] ranks = Dominance.Ranks([.. all.Select(one => one.Objectives)]);
            IReadOnlyList<Individual> kept = reinsertion.Reinsert(all[..15], all[15..], 15);
            Assert.That(Orders(kept), Is.Unique);
            Assert.That(kept.Select(one => ranks[one.Order]).Order(), Is.EqualTo(ranks.Order().Take(15)));
            Assert.That(Orders(reinsertion.Reinsert(all[..15], all[15..], 100)), Has.Length.EqualTo(40));
        }
    }

    private static Individual[] Individuals(IReadOnlyList<double[]> objectives) => [.. objectives.Select((vector, i) => new Individual([i / 100.0], vector, i))];

    private static long[] Orders(IEnumerable<Individual> individuals) => [.. individuals.Select(one => one.Order)];
}
