using Search.Controller.Racing;

namespace Search.Tests.Controller.Racing;

public sealed class HalvingRuleTests
{
    [Test]
    public void Losers_OneObjective_TheBestShareStays()
    {
        Racer[] racers = [.. new[] { 0.5, 0.1, 0.4, 0.2, 0.4, 0.9, 0.3 }.Select((value, id) => Racers.With(id, value))];
        (Racer Loser, Racer Rival)[] losers = [.. new HalvingRule(0.5).Losers(Racers.Field(racers))];
        Assert.That(losers.Select(pair => pair.Loser.Id), Is.EqualTo(new[] { 4, 0, 5 }), "of equal ones the first stays; best first");
        Assert.That(losers.Select(pair => pair.Rival.Id), Is.All.EqualTo(2), "the worst that stays");
    }

    [TestCase(0.5, 8, 4)]
    [TestCase(0.5, 5, 3)]
    [TestCase(0.25, 8, 2)]
    [TestCase(0.1, 3, 1)]
    [TestCase(0.3, 10, 3)]
    [TestCase(0.99, 2, 2)]
    public void Losers_AnyShare_RoundsUpWhoStays(double keep, int count, int stay) =>
        Assert.That(new HalvingRule(keep).Losers(Racers.Field([.. Enumerable.Range(0, count).Select(id => Racers.With(id, id))])), Has.Count.EqualTo(count - stay));

    [Test]
    public void Losers_SeveralObjectives_FrontsFirstThenWhoIsMoreAlone()
    {
        // The front: (0, 4), (1, 3), (1.2, 2.8), (4, 0); behind it (2, 4) and (5, 5).
        Racer[] racers = [Racers.With(0, 5, 5), Racers.With(1, 1.2, 2.8), Racers.With(2, 0, 4), Racers.With(3, 2, 4), Racers.With(4, 4, 0), Racers.With(5, 1, 3)];
        Assert.That(new HalvingRule(0.5).Losers(Racers.Field(racers)).Select(pair => pair.Loser.Id), Is.EqualTo(new[] { 5, 3, 0 }));
    }

    // Li et al. 2020: among the best ⌊keep·n⌋ of all that came as far, at least one.
    [TestCase(0.35, 0)]
    [TestCase(0.15, 1)]
    [TestCase(0.05, 1)]
    public void Losers_Alone_StaysAmongTheBestShareOfAllBefore(double value, int stays)
    {
        Racer[] earlier = [.. new[] { 0.4, 0.1, 0.3, 0.2 }.Select((one, id) => Racers.With(id, one))];
        IReadOnlyList<(Racer Loser, Racer Rival)> losers = new HalvingRule(0.5).Losers(Racers.Field([Racers.With(9, value)], earlier: earlier));
        Assert.That(losers, Has.Count.EqualTo(1 - stays));
        Assert.That(losers.Select(pair => pair.Rival.Id), Is.All.EqualTo(3), "the last of the best two of five");
    }

    [Test]
    public void Losers_SomeInfeasible_TheyLoseFirstWhateverTheirObjective()
    {
        Racer[] racers = [Racers.With(0, 0.9), Racers.Infeasible(1, 0.2, 0.1), Racers.With(2, 0.8), Racers.Infeasible(3, 0.1, 0.7), Racers.With(4, 0.5), Racers.Infeasible(5, 0.3, 0)];
        Assert.That(new HalvingRule(0.2).Losers(Racers.Field(racers)).Select(pair => pair.Loser.Id), Is.EqualTo(new[] { 0, 3, 1, 5 }));
        Assert.That(new HalvingRule(0.5).Losers(Racers.Field([Racers.Infeasible(9, 0.01, 0)], earlier: racers)), Has.Count.EqualTo(1), "alone, behind three feasible ones of seven");
        Assert.That(new HalvingRule(0.5).Losers(Racers.Field([Racers.With(9, 0.85)], earlier: racers)), Is.Empty);
    }

    [Test]
    public void Losers_FirstOfAll_Stays() => Assert.That(new HalvingRule(0.5).Losers(Racers.Field([Racers.With(0, 9)])), Is.Empty);
}
