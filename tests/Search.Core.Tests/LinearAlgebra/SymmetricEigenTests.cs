using Search.LinearAlgebra;

namespace Search.Tests.LinearAlgebra;

public sealed class SymmetricEigenTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(8)]
    [TestCase(50)]
    public void TryDecompose_Symmetric_MultipliesBackWithOrthonormalVectors(int n)
    {
        var eigen = new SymmetricEigen(n);
        double[] matrix = new double[n * eigen.Stride];
        var rng = new Rng(2, n, 0);
        for (int i = 0; i < n; i++)
        {
            rng.FillGaussian(matrix.AsSpan(i * eigen.Stride, i + 1));
        }

        Assert.That(eigen.TryDecompose(matrix));
        double[] product = new double[n * eigen.Stride];
        MatrixKernels.AddOuterProducts(product, eigen.Stride, n, 0, eigen.Vectors, eigen.Values);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Assert.That(product[(i * eigen.Stride) + j], Is.EqualTo(matrix[(i * eigen.Stride) + j]).Within(1e-12 * n));
                double dot = VectorKernels.Dot(eigen.Vectors.AsSpan(i * eigen.Stride, n), eigen.Vectors.AsSpan(j * eigen.Stride, n));
                Assert.That(dot, Is.EqualTo(i == j ? 1 : 0).Within(1e-13 * n));
            }
        }
    }

    [Test]
    public void TryDecompose_Diagonal_GivesItsElements()
    {
        var eigen = new SymmetricEigen(3);
        double[] matrix = new double[3 * eigen.Stride];
        (matrix[0], matrix[eigen.Stride + 1], matrix[(2 * eigen.Stride) + 2]) = (3, 1e-14, 1e6);
        Assert.That(eigen.TryDecompose(matrix));
        Assert.That(eigen.Values.Order(), Is.EqualTo(new[] { 1e-14, 3, 1e6 }).Within(1e-12).Percent);
    }

    [Test]
    public void TryDecompose_NotFinite_SaysSo()
    {
        var eigen = new SymmetricEigen(2);
        double[] matrix = new double[2 * eigen.Stride];
        matrix[eigen.Stride] = double.NaN;
        Assert.That(eigen.TryDecompose(matrix), Is.False);
    }
}
