using System.Numerics.Tensors;

namespace Search.Benchmarks;

/// <summary>Textbook functions of z = x − x_opt, least (zero) at z = 0; Rosenbrock's valley is scaled and shifted as BBOB's.</summary>
internal static class PlainFunctions
{
    /// <summary>Σzᵢ²</summary>
    public static double Sphere(double[] z) => TensorPrimitives.SumOfSquares<double>(z);

    /// <summary>Σ 10^(exponent·i/(n−1)) zᵢ²</summary>
    public static Func<double[], double> Ellipsoid(int n, double exponent)
    {
        double[] weights = [.. Enumerable.Range(0, n).Select(i => Math.Pow(10, exponent * i / (n - 1)))];
        return z =>
        {
            double sum = 0;
            for (int i = 0; i < z.Length; i++)
            {
                sum += weights[i] * z[i] * z[i];
            }

            return sum;
        };
    }

    /// <summary>Σ 100(vᵢ² − vᵢ₊₁)² + (vᵢ − 1)² with v = max(1, √n/8)·z + 1</summary>
    public static double Rosenbrock(double[] z)
    {
        double scale = Math.Max(1, Math.Sqrt(z.Length) / 8);
        double sum = 0;
        for (int i = 0; i < z.Length - 1; i++)
        {
            double v = (scale * z[i]) + 1;
            double bend = (v * v) - ((scale * z[i + 1]) + 1);
            sum += (100 * bend * bend) + ((v - 1) * (v - 1));
        }

        return sum;
    }

    /// <summary>10(n − Σcos 2πzᵢ) + Σzᵢ²</summary>
    public static double Rastrigin(double[] z) => (10 * (z.Length - z.Sum(v => Math.Cos(2 * Math.PI * v)))) + Sphere(z);

    /// <summary>−20 exp(−0.2 √(Σzᵢ²/n)) − exp(Σcos 2πzᵢ/n) + 20 + e</summary>
    public static double Ackley(double[] z) =>
        (-20 * Math.Exp(-0.2 * Math.Sqrt(Sphere(z) / z.Length))) - Math.Exp(z.Average(v => Math.Cos(2 * Math.PI * v))) + 20 + Math.E;

    /// <summary>A random rotation: Gram and Schmidt's process on the columns of a normal matrix.</summary>
    /// <returns>The rows.</returns>
    public static double[][] Rotation(NumpyRandom random, int n)
    {
        double[] normal = random.Gaussians(n * n);
        double[][] columns = [.. Enumerable.Range(0, n).Select(j => Enumerable.Range(0, n).Select(i => normal[(i * n) + j]).ToArray())];
        for (int j = 0; j < n; j++)
        {
            for (int k = 0; k < j; k++)
            {
                TensorPrimitives.MultiplyAdd(columns[k], -TensorPrimitives.Dot<double>(columns[j], columns[k]), columns[j], columns[j]);
            }

            TensorPrimitives.Divide(columns[j], TensorPrimitives.Norm<double>(columns[j]), columns[j]);
        }

        return [.. Enumerable.Range(0, n).Select(i => Array.ConvertAll(columns, column => column[i]))];
    }

    /// <summary>The matrix, given by its rows, times a vector.</summary>
    public static double[] Product(double[][] rows, double[] z) => Array.ConvertAll(rows, row => TensorPrimitives.Dot<double>(row, z));
}
