namespace Search.Strategies.CmaEs;

/// <summary>
/// Selection weights and learning rates of the covariance matrix adaptation evolution strategy (Hansen 2016, arXiv:1604.00772, equations
/// 48–58), with pycma's refinements of cσ, c₁ and cμ, which adapt faster at small populations.
/// </summary>
internal sealed class CmaEsConstants
{
    /// <summary>Derives all constants.</summary>
    /// <param name="n">How many coefficients; positive.</param>
    /// <param name="lambda">How many candidates a generation; at least 2.</param>
    public CmaEsConstants(int n, int lambda)
    {
        Lambda = lambda;
        Mu = lambda / 2;
        double[] raw = [.. Enumerable.Range(1, lambda).Select(i => Math.Log((lambda + 1) / 2.0) - Math.Log(i))]; // eq. 49
        MuEff = EffectiveCount(raw.AsSpan(0, Mu)); // eq. 8
        double muEffMinus = EffectiveCount(raw.AsSpan(Mu));

        CumulationC = (4 + (MuEff / n)) / (n + 4 + (2 * MuEff / n)); // eq. 56
        CumulationSigma = (MuEff + 2) / (n + MuEff + 3); // eq. 55, pycma's denominator
        DampingSigma = 1 + (2 * Math.Max(0, Math.Sqrt((MuEff - 1) / (n + 1)) - 1)) + CumulationSigma;
        RankOne = Math.Min(1, lambda / 6.0) * 2 / (((n + 1.3) * (n + 1.3)) + MuEff); // eq. 57
        RankMu = Math.Min(1 - RankOne, 2 * (0.25 + MuEff - 2 + (1 / MuEff)) / (((n + 2.0) * (n + 2.0)) + MuEff)); // eq. 58
        Chi = Math.Sqrt(n) * (1 - (1 / (4.0 * n)) + (1 / (21.0 * n * n))); // E‖N(0, I)‖

        double positive = 0;
        double negative = 0;
        foreach (double weight in raw)
        {
            positive += Math.Max(weight, 0);
            negative += Math.Max(-weight, 0);
        }

        // eqs. 50–53: the negative weights' sum is bounded by no net decay, by the variance of their step and by positive definiteness.
        double negativeSum = Math.Min(
            1 + (RankOne / RankMu),
            Math.Min(1 + (2 * muEffMinus / (MuEff + 2)), (1 - RankOne - RankMu) / (n * RankMu)));
        Weights = [.. raw.Select(weight => weight >= 0 ? weight / positive : weight * negativeSum / negative)];
    }

    /// <summary>λ: candidates a generation.</summary>
    public int Lambda { get; }

    /// <summary>μ: candidates that the mean follows.</summary>
    public int Mu { get; }

    /// <summary>μ_eff: the variance-effective number of parents.</summary>
    public double MuEff { get; }

    /// <summary>Recombination weights by rank, best first; those beyond <see cref="Mu"/> are negative.</summary>
    public double[] Weights { get; }

    /// <summary>c_c: the decay of the covariance path.</summary>
    public double CumulationC { get; }

    /// <summary>c_σ: the decay of the step-size path.</summary>
    public double CumulationSigma { get; }

    /// <summary>d_σ: the damping of the step size.</summary>
    public double DampingSigma { get; }

    /// <summary>c₁: the learning rate of the rank-one update.</summary>
    public double RankOne { get; }

    /// <summary>c_μ: the learning rate of the rank-μ update.</summary>
    public double RankMu { get; }

    /// <summary>χ_n: the expected length of a standard normal vector.</summary>
    public double Chi { get; }

    /// <summary>The default population size, 4 + ⌊3 ln n⌋ (eq. 48).</summary>
    public static int DefaultLambda(int n) => 4 + (int)(3 * Math.Log(n));

    private static double EffectiveCount(ReadOnlySpan<double> weights)
    {
        double sum = 0;
        double squares = 0;
        foreach (double weight in weights)
        {
            sum += weight;
            squares += weight * weight;
        }

        return squares == 0 ? 0 : sum * sum / squares;
    }
}
