using MathNet.Numerics;

namespace Search.Strategies.Bayesian;

/// <summary>The standard normal distribution where its textbook formulas lose their digits: far in the lower tail.</summary>
internal static class NormalDistribution
{
    private const double LogRoot2Pi = 0.91893853320467274178;
    private const double FarTail = -50;

    /// <summary>The density φ(u).</summary>
    public static double Density(double u) => Math.Exp((-u * u / 2) - LogRoot2Pi);

    /// <summary>The distribution function Φ(u), to full relative precision in the lower tail.</summary>
    public static double Cumulative(double u) => SpecialFunctions.Erfc(-u * Constants.Sqrt1Over2) / 2;

    /// <summary>The quantile Φ⁻¹(p), for p in (0, 1).</summary>
    public static double Quantile(double p) => -Constants.Sqrt2 * SpecialFunctions.ErfcInv(2 * p);

    /// <summary>The scaled complementary error function e^(x²) erfc(x), for x ≥ 0.</summary>
    public static double ScaledErfc(double x)
    {
        if (x < 4)
        {
            return Math.Exp(x * x) * SpecialFunctions.Erfc(x);
        }

        // The continued fraction of Abramowitz and Stegun 1964, eq. 7.1.14, from its tail.
        double tail = x;
        for (int k = 40; k >= 1; k--)
        {
            tail = x + (k / 2.0 / tail);
        }

        return 1 / (tail * Math.Sqrt(Math.PI));
    }

    /// <summary>ln Φ(u) and its derivative.</summary>
    /// <param name="u">Any finite number.</param>
    /// <param name="slope">φ(u)/Φ(u).</param>
    public static double LogCumulative(double u, out double slope)
    {
        if (u > -1)
        {
            double cumulative = Cumulative(u);
            slope = Density(u) / cumulative;
            return Math.Log(cumulative);
        }

        double mills = Mills(-u);
        slope = 1 / mills;
        return (-u * u / 2) - LogRoot2Pi + Math.Log(mills);
    }

    /// <summary>ln h(u) with h(u) = φ(u) + u Φ(u), the expected improvement in units of the deviation (Ament et al. 2023, arXiv:2310.20708, eq. 9), and its derivative.</summary>
    /// <param name="u">Any finite number.</param>
    /// <param name="slope">Φ(u)/h(u).</param>
    public static double LogImprovement(double u, out double slope)
    {
        if (u > -1)
        {
            double cumulative = Cumulative(u);
            double h = Density(u) + (u * cumulative);
            slope = cumulative / h;
            return Math.Log(h);
        }

        // h = φ (1 − |u| R(|u|)) with Mills' ratio R; the difference is 1/u² − 3/u⁴ + 15/u⁶ − … (Abramowitz and Stegun 1964, eq. 26.2.12).
        double mills = Mills(-u);
        double t = 1 / (u * u);
        double rest = u > FarTail ? 1 + (u * mills) : t * (1 - (t * (3 - (t * (15 - (t * (105 - (t * (945 - (t * 10395))))))))));
        slope = mills / rest;
        return (-u * u / 2) - LogRoot2Pi + Math.Log(rest);
    }

    // Φ(−x)/φ(x) for x ≥ 0
    private static double Mills(double x) => Math.Sqrt(Math.PI / 2) * ScaledErfc(x * Constants.Sqrt1Over2);
}
