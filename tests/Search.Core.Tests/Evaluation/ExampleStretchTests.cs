using Search.Evaluation;

namespace Search.Tests.Evaluation;

public sealed class ExampleStretchTests
{
    [TestCase(128)]
    [TestCase(100)]
    [TestCase(8)]
    [TestCase(9)]
    public void Choose_StretchesThatFollowOneAnother_HaveEveryExampleOnce(int count)
    {
        double[] ends = [0, 0.125, 0.25, 0.5, 1];
        long[] all = [.. ends.Zip(ends.Skip(1)).SelectMany(pair => new ExampleStretch(1, pair.First, pair.Second).Choose(0, count))];
        Assert.That(all, Is.EquivalentTo(Enumerable.Range(0, count)));
        Assert.That(all, Is.EqualTo(new ExampleStretch(1, 0, 1).Choose(0, count)), "one order");
        Assert.That(new ExampleStretch(1, 0, 0.125).Choose(0, count), Has.Length.EqualTo((count + 7) / 8));
    }

    [Test]
    public void Choose_AnotherSeedOrTask_IsAnotherOrder()
    {
        long[] known = new ExampleStretch(1, 0, 1).Choose(0, 40);
        Assert.Multiple(() =>
        {
            Assert.That(new ExampleStretch(1, 0, 1).Choose(0, 40), Is.EqualTo(known));
            Assert.That(new ExampleStretch(2, 0, 1).Choose(0, 40), Is.Not.EqualTo(known));
            Assert.That(new ExampleStretch(1, 0, 1).Choose(1, 40), Is.Not.EqualTo(known));
            Assert.That(known, Is.Not.Ordered);
        });
    }

    // Tenths are no binary fractions: what rounding adds to 0.3 · 10 is no example.
    [Test]
    public void Choose_ShareOfAWholeNumber_HasNoExampleMore() => Assert.That(new ExampleStretch(1, 0, 0.1 * 3).Choose(0, 10), Has.Length.EqualTo(3));
}
