using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

internal sealed class WeightFeedTests
{
    [Test]
    public void Refresh_WeightsOfManyStrips_FollowsEachInItsPlacesTypeAndLayout()
    {
        OnnxRuntimeLibrary? library = null;
        try
        {
            library = OnnxRuntimeLibrary.Load();
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }

        const int Rows = 300;
        const int Columns = 701;
        WeightSet weights = new(new WeightLayout([new WeightSlot("w", [Rows, Columns])]));
        WeightBinding own = new(0, "w", "own", OrtElementType.Float, [Rows, Columns], Transposed: false, BindingRule.Name);
        WeightBinding turned = own with { Input = "turned", Transposed = true };
        using WeightFeed feed = new(library!, weights, [own, turned, own with { Input = "half", Type = OrtElementType.Float16 }, turned with { Input = "turned half", Type = OrtElementType.Float16 }]);
        foreach (int seed in new[] { 1, 2 })
        {
            float[] numbers = Mlp.Numbers(Rows * Columns, seed);
            numbers.CopyTo(weights[0]);

            feed.Refresh();

            float[] expected = GraphEdits.Turned(numbers, Rows, Columns);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(feed["own"].Read<float>().ToArray(), Is.EqualTo(numbers));
                Assert.That(feed["turned"].Read<float>().ToArray(), Is.EqualTo(expected));
                Assert.That(feed["turned"].Shape, Is.EqualTo(new long[] { Columns, Rows }));
                Assert.That(feed["half"].Read<Half>().ToArray(), Is.EqualTo(Array.ConvertAll(numbers, value => (Half)value)));
                Assert.That(feed["turned half"].Read<Half>().ToArray(), Is.EqualTo(Array.ConvertAll(expected, value => (Half)value)));
            }
        }
    }
}
