using Search.Evaluation;

namespace Search.Tests.Evaluation;

public sealed class ExampleDrawTests
{
    [TestCase(16, 4)]
    [TestCase(10, 3)]
    [TestCase(7, 7)]
    [TestCase(5, 12)]
    [TestCase(1, 3)]
    public void Of_ConsecutiveSteps_DealEveryExampleOnceAnEpoch(int count, int examples)
    {
        // As many steps as there are examples end on an epoch's border.
        long[] dealt = [.. Enumerable.Range(0, count).SelectMany(step => Draw(step, examples).Choose(0, count))];
        foreach (long[] epoch in dealt.Chunk(count))
        {
            Assert.That(epoch.Order(), Is.EqualTo(Enumerable.Range(0, count)));
        }
    }

    [Test]
    public void Of_SameNumbers_GivesTheSameExamples()
    {
        long[] known = Draw(12, 16).Choose(1, 50);
        Assert.That(Draw(12, 16).Choose(1, 50), Is.EqualTo(known));
    }

    [Test]
    public void Of_OtherTaskEpochOrSeed_ShufflesOtherwise()
    {
        long[] known = Draw(0, 40).Choose(0, 40);
        Assert.Multiple(() =>
        {
            Assert.That(known, Is.Not.Ordered);
            Assert.That(Draw(0, 40).Choose(1, 40), Is.Not.EqualTo(known), "task");
            Assert.That(Draw(1, 40).Choose(0, 40), Is.Not.EqualTo(known), "epoch");
            Assert.That(new ExampleDraw(8, 0, 40).Choose(0, 40), Is.Not.EqualTo(known), "seed");
        });
    }

    [Test]
    public void Of_StepThatCrossesAnEpoch_EndsOneOrderAndBeginsTheNext()
    {
        long[] first = Draw(0, 10).Choose(0, 10);
        long[] second = Draw(1, 10).Choose(0, 10);
        Assert.That(Draw(2, 4).Choose(0, 10), Is.EqualTo(new[] { first[8], first[9], second[0], second[1] }));
    }

    [Test]
    public void Of_ManyShuffles_PutsEveryExampleFirstEquallyOften()
    {
        int[] first = new int[5];
        for (int epoch = 0; epoch < 5000; epoch++)
        {
            first[Draw(epoch, 5).Choose(0, 5)[0]]++;
        }

        Assert.That(first, Is.All.InRange(880, 1120), "four standard deviations");
    }

    private static ExampleDraw Draw(long step, int examples) => new(7, step, examples);
}
