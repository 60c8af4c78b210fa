using Search.Results.Fronts;

namespace Search.Tests.Results.Fronts;

public sealed class DominanceTests
{
    [Test]
    public void Dominates_Pairs_NeedsOneSmallerAndNoneLarger()
    {
        Assert.That(Dominance.Dominates([1, 2], [1, 3]));
        Assert.That(Dominance.Dominates([1, 2], [1, 2]), Is.False);
        Assert.That(Dominance.Dominates([1, 2], [0, 3]), Is.False);
    }

    [Test]
    public void FrontAndRanks_RandomSets_AreAsDefined([Values(1, 2, 3, 5)] int objectives)
    {
        for (int round = 0; round < 30; round++)
        {
            double[][] points = RandomFronts.Points(new Rng(4, objectives, round), 40, objectives, round % 2 == 0 ? 5 : null);
            int[] ranks = Peeled(points);
            Assert.That(Dominance.Ranks(points), Is.EqualTo(ranks));
            int[] front = [.. Enumerable.Range(0, points.Length).Where(i => ranks[i] == 0).DistinctBy(i => string.Join(' ', points[i]))];
            Assert.That(Dominance.Front(points), Is.EqualTo(front), "of equal ones the first");
        }
    }

    // Takes away what nothing that is left dominates, again and again.
    private static int[] Peeled(double[][] points)
    {
        int[] ranks = [.. points.Select(_ => -1)];
        for (int rank = 0; ranks.Contains(-1); rank++)
        {
            int[] left = [.. Enumerable.Range(0, points.Length).Where(i => ranks[i] < 0)];
            foreach (int i in left.Where(i => !left.Any(j => Dominance.Dominates(points[j], points[i]))).ToArray())
            {
                ranks[i] = rank;
            }
        }

        return ranks;
    }
}
