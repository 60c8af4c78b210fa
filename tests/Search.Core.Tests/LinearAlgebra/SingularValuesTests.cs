using Search.LinearAlgebra;

namespace Search.Tests.LinearAlgebra;

public sealed class SingularValuesTests
{
    [TestCase(1, 1)]
    [TestCase(1, 9)]
    [TestCase(9, 1)]
    [TestCase(5, 130)]
    [TestCase(130, 70)]
    [TestCase(66, 300)]
    public void Times_AnySizes_IsTheSumOfProducts(int rows, int columns)
    {
        Matrix a = Draw(1, rows, columns);
        Matrix b = Draw(2, columns, rows + 3);
        double Sum(int i, int j) => Enumerable.Range(0, columns).Sum(k => a.Row(i)[k] * b.Row(k)[j]);
        double[] expected = [.. Enumerable.Range(0, rows).SelectMany(i => Enumerable.Range(0, rows + 3).Select(j => Sum(i, j)))];
        Assert.That(a.Times(b).Elements, Is.EqualTo(expected).Within(1e-12));
        Assert.That(a.Gram().Elements, Is.EqualTo(a.TimesTransposed(a).Elements).Within(1e-12));
    }

    // σ from 1 to 10⁻⁹: the squares of the least are lost in the rounding of the greatest's.
    [TestCase(40, 40, 0)]
    [TestCase(20, 90, 4.5)]
    [TestCase(90, 20, 9)]
    public void Of_KnownFactors_FindsThem(int rows, int columns, double digits)
    {
        int rank = Math.Min(rows, columns);
        double[] expected = [.. Enumerable.Range(0, rank).Select(k => Math.Pow(10, -digits * k / (rank - 1)))];
        Matrix left = SingularValues.Orthonormal(Draw(3, rank, rows));
        Matrix right = SingularValues.Orthonormal(Draw(4, rank, columns));
        Matrix scaled = right.First(rank);
        scaled.ScaleRows(expected);
        Matrix a = left.Transposed().Times(scaled);

        SingularValues found = SingularValues.Of(a);
        Matrix again = found.Right.First(rank);
        again.ScaleRows(found.Values);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Values.Zip(expected, (x, y) => (x / y) - 1), Is.All.EqualTo(0).Within(1e-10 + (1e-15 * Math.Pow(10, digits))));
            Assert.That(found.Left.Transposed().Times(again).Elements, Is.EqualTo(a.Elements).Within(1e-13));
            Assert.That(found.Left.Gram().Elements, Is.EqualTo(Identity(rank)).Within(1e-8));
            Assert.That(found.Right.Gram().Elements, Is.EqualTo(Identity(rank)).Within(1e-8));
        }
    }

    [Test]
    public void Of_LowRank_LeavesTheRestOut()
    {
        Matrix a = Draw(5, 3, 30).Transposed().Times(Draw(6, 3, 12));
        SingularValues found = SingularValues.Of(a.Transposed());
        Assert.That(found.Values, Has.Length.EqualTo(3));
        Assert.That(found.CompleteLeft!.Gram().Elements, Is.EqualTo(Identity(12)).Within(1e-10));
        Assert.That(SingularValues.Of(new Matrix(4, 6)).Values, Is.Empty);
    }

    [Test]
    public void Orthonormal_DependentRows_ShareTheirDirection()
    {
        var twice = new Matrix(2, 3);
        twice.Row(0)[1] = twice.Row(1)[1] = 5;
        Assert.That(SingularValues.Orthonormal(twice).Elements, Is.EqualTo(new[] { 0, Math.Sqrt(0.5), 0, 0, Math.Sqrt(0.5), 0 }).Within(1e-12));
    }

    private static double[] Identity(int size) => [.. Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1.0 : 0)];

    private static Matrix Draw(int seed, int rows, int columns)
    {
        var random = new Random(seed);
        var matrix = new Matrix(rows, columns);
        for (int i = 0; i < matrix.Elements.Length; i++)
        {
            matrix.Elements[i] = random.NextDouble() - 0.5;
        }

        return matrix;
    }
}
