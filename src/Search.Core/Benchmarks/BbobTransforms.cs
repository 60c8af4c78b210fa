using System.Numerics.Tensors;

namespace Search.Benchmarks;

/// <summary>What BBOB's functions are made of (Finck, Hansen, Ros and Auger 2009, §0.2): transformations of vectors, and sums that several functions share.</summary>
internal static class BbobTransforms
{
    // 10(n − Σcos 2πzᵢ) + Σzᵢ²
    public static double Ripples(double[] z) => (10 * (z.Length - z.Sum(v => Math.Cos(2 * Math.PI * v)))) + TensorPrimitives.SumOfSquares<double>(z);

    public static double Valley(double[] z)
    {
        double sum = 0;
        for (int i = 0; i < z.Length - 1; i++)
        {
            sum += ValleyTerm(z[i], z[i + 1]);
        }

        return sum;
    }

    public static double ValleyTerm(double a, double b) => (100 * ((a * a) - b) * ((a * a) - b)) + ((a - 1) * (a - 1));

    public static double WeightedSquares(double[] z, double[] weights)
    {
        double sum = 0;
        for (int i = 0; i < z.Length; i++)
        {
            sum += weights[i] * z[i] * z[i];
        }

        return sum;
    }

    // f_pen with the domain's half width as a setting.
    public static double Outside(double[] x, double limit) => x.Sum(v => Math.Pow(Math.Max(0, Math.Abs(v) - limit), 2));

    // T_osz
    public static double Oscillate(double v)
    {
        if (v == 0)
        {
            return 0;
        }

        double log = Math.Log(Math.Abs(v));
        (double c1, double c2) = v > 0 ? (10, 7.9) : (5.5, 3.1);
        return Math.Sign(v) * Math.Exp(log + (0.049 * (Math.Sin(c1 * log) + Math.Sin(c2 * log))));
    }

    public static double[] Oscillated(double[] v) => Array.ConvertAll(v, Oscillate);

    // T_asy^β
    public static double[] Asymmetric(double[] v, double beta) =>
        [.. v.Select((z, i) => z > 0 ? Math.Pow(z, 1 + (beta * i / (v.Length - 1) * Math.Sqrt(z))) : z)];

    public static double[] Product(double[] row, double[][] columns) => Array.ConvertAll(columns, column => TensorPrimitives.Dot<double>(row, column));

    public static double[][] Columns(double[][] rows) => [.. Enumerable.Range(0, rows.Length).Select(j => Array.ConvertAll(rows, row => row[j]))];

    public static int[] Order(double[] values) => [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
}
