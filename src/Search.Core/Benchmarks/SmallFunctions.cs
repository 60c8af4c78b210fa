namespace Search.Benchmarks;

/// <summary>Smooth functions of few variables on the unit cube, with their least values.</summary>
internal static class SmallFunctions
{
    /// <summary>Branin's least value.</summary>
    public const double BraninLeast = 0.39788735772973816;

    /// <summary>Hartmann's least value; the second-best valley's is −3.2032.</summary>
    public const double Hartmann6Least = -3.322368011391339;

    private static readonly double[] Heights = [1.0, 1.2, 3.0, 3.2];

    private static readonly double[][] Widths =
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ];

    private static readonly double[][] Centres =
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];

    /// <summary>Branin's function of x ∈ [−5, 10] and y ∈ [0, 15].</summary>
    public static double Branin(double[] u)
    {
        double x = (15 * u[0]) - 5;
        double bend = (15 * u[1]) - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6;
        return (bend * bend) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
    }

    /// <summary>Hartmann's function of six variables.</summary>
    public static double Hartmann6(double[] u)
    {
        double sum = 0;
        for (int k = 0; k < Heights.Length; k++)
        {
            double distance = 0;
            for (int i = 0; i < u.Length; i++)
            {
                distance += Widths[k][i] * (u[i] - Centres[k][i]) * (u[i] - Centres[k][i]);
            }

            sum -= Heights[k] * Math.Exp(-distance);
        }

        return sum;
    }
}
