using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class ReferenceDirectionsTests
{
    [TestCase(2, 99, 100)]
    [TestCase(3, 12, 91)]
    [TestCase(5, 6, 210)]
    [TestCase(8, 3, 120)]
    public void Lattice_AllSizes_HasTheDirectionsOfDasAndDennis(int objectives, int partitions, int count)
    {
        IReadOnlyList<double[]> directions = ReferenceDirections.Lattice(objectives, partitions);
        Assert.That(directions, Has.Count.EqualTo(count));
        AssertDirections(directions, objectives);
        Assert.That(directions.SelectMany(direction => direction).Select(weight => weight * partitions), Is.All.Matches<double>(x => Math.Abs(x - Math.Round(x)) < 1e-9));
    }

    [TestCase(2, 20, 20)]
    [TestCase(3, 100, 91)]
    [TestCase(8, 156, 156)] // two layers of 36 and 120
    public void About_WantedCount_IsTheMostThatTheLatticeHas(int objectives, int wanted, int count)
    {
        IReadOnlyList<double[]> directions = ReferenceDirections.About(objectives, wanted);
        Assert.That(directions, Has.Count.EqualTo(count));
        AssertDirections(directions, objectives);
    }

    [Test]
    public void Spread_Lattice_HasAxesFirstThenAlwaysTheFarthest()
    {
        IReadOnlyList<double[]> lattice = ReferenceDirections.Lattice(3, 12);
        IReadOnlyList<double[]> order = ReferenceDirections.Spread(lattice);
        Assert.That(order, Is.EquivalentTo(lattice));
        Assert.That(order.Take(3), Is.All.Matches<double[]>(direction => direction.Max() == 1));
        double Gap(int place) => order.Take(place).Min(before => before.Zip(order[place], (a, b) => (a - b) * (a - b)).Sum());
        Assert.That(Enumerable.Range(1, 90).Select(Gap), Is.Ordered.Descending);
    }

    [Test]
    public void At_GoldenSequence_FillsTheSimplexEvenly()
    {
        double[] first = [.. Enumerable.Range(0, 200).Select(i => WeightSequence.At(i, 2)[0]).Order()];
        Assert.That(first.Skip(1).Zip(first, (b, a) => b - a).Max(), Is.LessThan(0.02));
        for (int i = 0; i < 200; i++)
        {
            double[] weights = WeightSequence.At(i, 4);
            Assert.That(weights.Sum(), Is.EqualTo(1).Within(1e-12));
            Assert.That(weights, Is.All.Positive);
        }
    }

    private static void AssertDirections(IReadOnlyList<double[]> directions, int objectives)
    {
        Assert.That(directions.Select(direction => string.Join(' ', direction)), Is.Unique);
        Assert.That(directions.Select(direction => direction.Length), Is.All.EqualTo(objectives));
        Assert.That(directions.Select(direction => direction.Sum()), Is.All.EqualTo(1).Within(1e-12));
        Assert.That(directions.SelectMany(direction => direction), Is.All.GreaterThanOrEqualTo(0));
    }
}
