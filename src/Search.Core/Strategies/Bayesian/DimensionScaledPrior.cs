namespace Search.Strategies.Bayesian;

/// <summary>
/// BoTorch's priors since its version 0.12 (Hvarfner et al. 2024, arXiv:2402.02229, §4.2): lengthscales that grow with the square root of their number n,
/// ℓ from LogNormal(√2 + ½ ln n, √3), s² = 1, σ² from LogNormal(−4, 1).
/// </summary>
internal sealed class DimensionScaledPrior : HyperPrior
{
    /// <inheritdoc/>
    public override bool LearnsSignalVariance => false;

    /// <inheritdoc/>
    public override double[] Start(int lengthscales) =>
        [.. Enumerable.Repeat(Math.Log(0.5) + (Math.Log(lengthscales) / 2), lengthscales), 0, Math.Log(1e-3)];

    /// <inheritdoc/>
    public override double Penalty(ReadOnlySpan<double> logarithms, Span<double> gradient)
    {
        int n = logarithms.Length - 2;
        double penalty = LogNormal(-4, 1, logarithms[n + 1], out gradient[n + 1]);
        gradient[n] = 0;
        for (int i = 0; i < n; i++)
        {
            penalty += LogNormal(Math.Sqrt(2) + (Math.Log(n) / 2), Math.Sqrt(3), logarithms[i], out gradient[i]);
        }

        return penalty;
    }
}
