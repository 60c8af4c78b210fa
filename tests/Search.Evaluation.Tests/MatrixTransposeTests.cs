namespace Search.Evaluation.Tests;

internal sealed class MatrixTransposeTests
{
    [TestCase(1, 1)]
    [TestCase(1, 40)]
    [TestCase(40, 1)]
    [TestCase(16, 32)]
    [TestCase(17, 33)]
    [TestCase(35, 50)]
    public void Copy_AnySize_TurnsItOver(int rows, int columns)
    {
        float[] source = Mlp.Numbers(rows * columns, 1);
        float[] turned = new float[source.Length];
        Half[] rounded = new Half[source.Length];

        MatrixTranspose.Copy<float>(source, rows, columns, 0, columns, turned);
        MatrixTranspose.Copy<Half>(source, rows, columns, 0, columns, rounded);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(turned, Is.EqualTo(GraphEdits.Turned(source, rows, columns)));
            Assert.That(rounded, Is.EqualTo(Array.ConvertAll(turned, value => (Half)value)));
        }
    }

    [Test]
    public void Copy_SomeRows_LeavesTheOthers()
    {
        float[] source = Mlp.Numbers(20 * 50, 1);
        float[] turned = new float[source.Length];

        MatrixTranspose.Copy<float>(source, 20, 50, 7, 31, turned);

        float[] expected = GraphEdits.Turned(source, 20, 50);
        expected.AsSpan(0, 7 * 20).Clear();
        expected.AsSpan(31 * 20).Clear();
        Assert.That(turned, Is.EqualTo(expected));
    }
}
