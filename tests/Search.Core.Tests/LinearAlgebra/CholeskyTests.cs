using Search.LinearAlgebra;

namespace Search.Tests.LinearAlgebra;

public sealed class CholeskyTests
{
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(8)]
    [TestCase(37)]
    public void TryFactor_PositiveDefinite_MultipliesBackAndSolves(int n)
    {
        double[] matrix = Definite(n);
        var cholesky = new Cholesky();
        Assert.That(cholesky.TryFactor(matrix, n));
        double[] solution = [.. Enumerable.Range(0, n).Select(i => i + 1.0)];
        double[] right = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => matrix[(i * n) + j] * solution[j]))];
        cholesky.SolveLower(right);
        cholesky.SolveUpper(right);
        Assert.That(right, Is.EqualTo(solution).Within(1e-9));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Assert.That(VectorKernels.Dot(cholesky.Row(j), cholesky.Row(i)), Is.EqualTo(matrix[(i * n) + j]).Within(1e-11));
            }
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(5)]
    public void TryAppend_RowsInPieces_GivesTheBitsOfOneFactorization(int piece)
    {
        const int N = 21;
        double[] matrix = Definite(N);
        var whole = new Cholesky();
        Assert.That(whole.TryFactor(matrix, N));
        var grown = new Cholesky();
        for (int from = 0; from < N; from += piece)
        {
            int added = Math.Min(piece, N - from);
            double[] rows = [.. Enumerable.Range(from, added).SelectMany(i => matrix[(i * N)..((i * N) + from + added)])];
            Assert.That(grown.TryAppend(rows, added));
        }

        for (int i = 0; i < N; i++)
        {
            Assert.That(grown.Row(i).ToArray(), Is.EqualTo(whole.Row(i).ToArray()));
        }
    }

    [Test]
    public void TryAppend_NotPositiveDefinite_KeepsTheFactor()
    {
        var cholesky = new Cholesky();
        Assert.That(cholesky.TryFactor([4, 0, 2, 5], 2));
        Assert.That(cholesky.TryAppend([2, 1, -1], 1), Is.False);
        Assert.That(cholesky.Count, Is.EqualTo(2));
        Assert.That(cholesky.LogDeterminant, Is.EqualTo(Math.Log(16)).Within(1e-14));
    }

    private static double[] Definite(int n)
    {
        var rng = new Rng(1, n, 0);
        double[] factor = new double[n * n];
        rng.FillGaussian(factor);
        return [.. Enumerable.Range(0, n * n).Select(at =>
            Enumerable.Range(0, n).Sum(k => factor[(at / n * n) + k] * factor[(at % n * n) + k]) + (at / n == at % n ? 0.5 : 0))];
    }
}
