namespace Search.Strategies.CmaEs;

/// <summary>
/// Selection weights and learning rates of the covariance matrix adaptation evolution strategy (Hansen 2016, arXiv:1604.00772, equations
/// 48–58), with pycma's refinements of cσ, c₁ and cμ, which adapt faster at small populations.
/// </summary>
internal sealed class CmaEsConstants
{
    private CmaEsConstants(int n, int lambda, Func<double, (double C, double One, double Mu)> rates, bool definite)
    {
        Lambda = lambda;
        Mu = lambda / 2;
        double[] raw = [.. Enumerable.Range(1, lambda).Select(i => Math.Log((lambda + 1) / 2.0) - Math.Log(i))]; // eq. 49
        MuEff = EffectiveCount(raw.AsSpan(0, Mu)); // eq. 8
        double muEffMinus = EffectiveCount(raw.AsSpan(Mu));

        (CumulationC, RankOne, RankMu) = rates(MuEff);
        CumulationSigma = (MuEff + 2) / (n + MuEff + 3); // eq. 55, pycma's denominator
        DampingSigma = 1 + (2 * Math.Max(0, Math.Sqrt((MuEff - 1) / (n + 1)) - 1)) + CumulationSigma;
        Chi = ExpectedLength(n);

        double positive = 0;
        double negative = 0;
        foreach (double weight in raw)
        {
            positive += Math.Max(weight, 0);
            negative += Math.Max(-weight, 0);
        }

        // eqs. 50–53: the negative weights' sum is bounded by no net decay, by the variance of their step and by positive definiteness.
        double negativeSum = Math.Min(1 + (RankOne / RankMu), 1 + (2 * muEffMinus / (MuEff + 2)));
        if (definite)
        {
            negativeSum = Math.Min(negativeSum, (1 - RankOne - RankMu) / (n * RankMu));
        }

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

    /// <summary>The constants of a full covariance matrix.</summary>
    /// <param name="n">How many numbers are searched; positive.</param>
    /// <param name="lambda">How many candidates a generation; at least 2.</param>
    /// <param name="haste">A factor of c₁ and c_μ.</param>
    public static CmaEsConstants Full(int n, int lambda, double haste = 1) => new(n, lambda, muEff =>
    {
        double cumulation = (4 + (muEff / n)) / (n + 4 + (2 * muEff / n)); // eq. 56
        double one = haste * Math.Min(1, lambda / 6.0) * 2 / (((n + 1.3) * (n + 1.3)) + muEff); // eq. 57
        double mu = Math.Min(1 - one, haste * 2 * (0.25 + muEff - 2 + (1 / muEff)) / (((n + 2.0) * (n + 2.0)) + muEff)); // eq. 58
        return (cumulation, one, mu);
    }, definite: true);

    /// <summary>The constants of a diagonal covariance matrix (Ros and Hansen 2008, with pycma's rates).</summary>
    /// <param name="n">How many numbers are searched; positive.</param>
    /// <param name="lambda">How many candidates a generation; at least 2.</param>
    public static CmaEsConstants Separable(int n, int lambda) => new(n, lambda, muEff =>
    {
        double root = Math.Sqrt(n);
        double cumulation = (1 + (1.0 / n) + (muEff / n)) / (root + (1.0 / n) + (2 * muEff / n));
        double one = 1 / (n + (2 * root) + (muEff / n));
        double mu = Math.Min(1 - one, (0.25 + muEff + (1 / muEff) - 2) / (n + (4 * root) + (muEff / 2)));
        return (cumulation, one, mu);
    }, definite: false);

    /// <summary>
    /// The constants of diagonal decoding (Akimoto and Hansen 2020, §4), whose rates are divided by 0.8 at the default population: measured,
    /// it saves 3 to 9 % of the evaluations on an axis-parallel ellipsoid of 5 to 40 dimensions and costs nothing else.
    /// </summary>
    /// <param name="n">How many numbers are searched; positive.</param>
    /// <param name="lambda">How many candidates a generation; at least 2.</param>
    public static CmaEsConstants DiagonalDecoding(int n, int lambda) => new(n, lambda, muEff =>
    {
        double denominator = Fading(0.8, n, lambda) * ((4 * Math.Pow(n + 1, 0.75)) + (muEff / 2));
        double one = 1 / denominator;
        return (Math.Sqrt(muEff * one) / 2, one, Math.Min(1 - one, (muEff + (1 / muEff) - 2 + (1 / 7.0)) / denominator));
    }, definite: false);

    /// <summary>
    /// A factor of learning rates that approaches 1 as generations grow beyond the default: their published rates are near 1 already, and
    /// faster ones forget a landscape's structure (Rastrigin's of ten dimensions: 22 of 30 searches with restarts solved it with factors that stayed, 58 of 60 with these).
    /// </summary>
    /// <param name="factor">The factor at the default population and below.</param>
    /// <param name="n">How many numbers are searched; positive.</param>
    /// <param name="lambda">How many candidates a generation; at least 2.</param>
    public static double Fading(double factor, int n, int lambda) => 1 + ((factor - 1) * Math.Min(1, (double)DefaultLambda(n) / lambda));

    /// <summary>The default population size, 4 + ⌊3 ln n⌋ (eq. 48).</summary>
    public static int DefaultLambda(int n) => 4 + (int)(3 * Math.Log(n));

    /// <summary>E‖N(0, I)‖ in n dimensions.</summary>
    public static double ExpectedLength(int n) => Math.Sqrt(n) * (1 - (1 / (4.0 * n)) + (1 / (21.0 * n * n)));

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
