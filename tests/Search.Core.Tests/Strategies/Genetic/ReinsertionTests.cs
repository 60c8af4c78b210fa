using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Genetic;

public sealed class ReinsertionTests
{
    private static readonly Individual[] Parents = Make(0, 1, 4, 9);
    private static readonly Individual[] Offspring = Make(10, 2, 3, 8);

    [Test]
    public void Reinsert_Elitist_TheBestParentStaysAmongChildren() =>
        Assert.That(Objectives(new ElitistReinsertion().Reinsert(Parents, Offspring, 3)), Is.EqualTo(new[] { 1.0, 2, 3 }));

    [Test]
    public void Reinsert_ElitistWithFewChildren_ParentsFillTheRest() =>
        Assert.That(Objectives(new ElitistReinsertion().Reinsert(Parents, Make(10, 5), 3)), Is.EqualTo(new[] { 1.0, 4, 5 }));

    [Test]
    public void Reinsert_Pure_ChildrenReplaceBetterParents() =>
        Assert.That(Objectives(new PureReinsertion().Reinsert(Parents, Offspring, 3)), Is.EqualTo(new[] { 2.0, 3, 8 }));

    [Test]
    public void Reinsert_Fitness_TheBestOfBothLiveOn() =>
        Assert.That(Objectives(new FitnessReinsertion().Reinsert(Parents, Offspring, 3)), Is.EqualTo(new[] { 1.0, 2, 3 }));

    [Test]
    public void Reinsert_ElitistOrFitness_NeverLosesTheBest()
    {
        var rng = new Rng(1, 0, 0);
        for (int trial = 0; trial < 500; trial++)
        {
            IReadOnlyList<Individual> Draw(long first) =>
                Individual.Ranked(Enumerable.Range(0, 1 + (int)(rng.NextUniform() * 6)).Select(i => new Individual([0.5], Math.Round(rng.NextUniform() * 10), first + i)));
            (IReadOnlyList<Individual> parents, IReadOnlyList<Individual> offspring) = (Draw(0), Draw(100));
            int size = 1 + (int)(rng.NextUniform() * 8);
            foreach (IReinsertion reinsertion in new IReinsertion[] { new ElitistReinsertion(1 + (int)(rng.NextUniform() * 3)), new FitnessReinsertion() })
            {
                IReadOnlyList<Individual> next = reinsertion.Reinsert(parents, offspring, size);
                double best = reinsertion is FitnessReinsertion ? Math.Min(parents[0].Objective, offspring[0].Objective) : parents[0].Objective;
                Assert.That(next[0].Objective, Is.LessThanOrEqualTo(best));
                Assert.That(next, Has.Count.LessThanOrEqualTo(size).And.Count.GreaterThanOrEqualTo(Math.Min(size, parents.Count)));
                Assert.That(Objectives(next), Is.Ordered);
            }
        }
    }

    private static Individual[] Make(long order, params double[] objectives) => [.. objectives.Select((objective, i) => new Individual([0.5], objective, order + i))];

    private static double[] Objectives(IReadOnlyList<Individual> population) => [.. population.Select(individual => individual.Objective)];
}
