using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Genetic;

public sealed class SelectionTests
{
    private const int Picks = 40_000;

    [Test]
    public void Fill_TournamentsOfTwoInAFullPool_NobodyPlaysOftenerThanOthers()
    {
        // Each of four individuals plays in exactly two of four tournaments: the best wins both, the worst none, whatever the order.
        for (int seed = 0; seed < 50; seed++)
        {
            int[] parents = new int[4];
            new TournamentSelection().Fill(Population(4), parents, new Rng(seed, 0, 0));
            Assert.That(parents.Count(parent => parent == 0), Is.EqualTo(2));
            Assert.That(parents, Has.None.EqualTo(3));
        }
    }

    [Test]
    public void Fill_TournamentOfOne_EverybodyOnce()
    {
        int[] parents = new int[5];
        new TournamentSelection(1).Fill(Population(5), parents, new Rng(3, 0, 0));
        Assert.That(parents, Is.EquivalentTo([0, 1, 2, 3, 4]));
    }

    // Baker's linear ranking of four: 2(3 − rank)/3 quarters at pressure 2, equal chances at pressure 1.
    [TestCase(2, new[] { 0.5, 1 / 3.0, 1 / 6.0, 0 })]
    [TestCase(1, new[] { 0.25, 0.25, 0.25, 0.25 })]
    public void Fill_Rank_ChancesFallLinearly(double pressure, double[] chances) =>
        Assert.That(Shares(new RankSelection(pressure)), Is.EqualTo(chances).Within(0.01));

    // Objectives 0, 1, 2, 3: fitness (3 − f)/3 + 1/4, divided by its sum 3.
    [Test]
    public void Fill_Roulette_ChancesFollowTheObjective() =>
        Assert.That(Shares(new RouletteSelection()), Is.EqualTo(new[] { 1.25 / 3, (11.0 / 12) / 3, (7.0 / 12) / 3, 0.25 / 3 }).Within(0.01));

    [Test]
    public void Fill_RouletteOfEquals_EqualChances()
    {
        Individual[] equals = [.. Enumerable.Range(0, 4).Select(i => new Individual([0.5], 7, i))];
        Assert.That(Shares(new RouletteSelection(), equals), Is.All.EqualTo(0.25).Within(0.01));
    }

    [Test]
    public void Fill_Elite_OnlyTheBestHaveChildren() =>
        Assert.That(Shares(new EliteSelection(0.5)), Is.EqualTo(new[] { 0.5, 0.5, 0, 0 }).Within(0.01));

    [Test]
    public void Constructor_OutOfRange_IsRefused()
    {
        Assert.That(() => new TournamentSelection(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new RankSelection(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new RankSelection(2.1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new EliteSelection(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static Individual[] Population(int count) => [.. Enumerable.Range(0, count).Select(i => new Individual([i], i, i))];

    private static double[] Shares(ISelection selection, Individual[]? population = null)
    {
        population ??= Population(4);
        int[] parents = new int[Picks];
        selection.Fill(population, parents, new Rng(1, 0, 0));
        return [.. Enumerable.Range(0, population.Length).Select(i => parents.Count(parent => parent == i) / (double)Picks)];
    }
}
