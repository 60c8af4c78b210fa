namespace Search.Strategies.Bayesian;

/// <summary>BoTorch's priors before its version 0.12: ℓ from Gamma(3, 6), s² from Gamma(2, 0.15), σ² from Gamma(1.1, 0.05).</summary>
internal sealed class GammaPrior : HyperPrior
{
    /// <inheritdoc/>
    public override bool LearnsSignalVariance => true;

    /// <inheritdoc/>
    public override double[] Start(int lengthscales) => [.. Enumerable.Repeat(Math.Log(0.5), lengthscales), 0, Math.Log(1e-3)];

    /// <inheritdoc/>
    public override double Penalty(ReadOnlySpan<double> logarithms, Span<double> gradient)
    {
        int n = logarithms.Length - 2;
        double penalty = Gamma(2, 0.15, logarithms[n], out gradient[n]) + Gamma(1.1, 0.05, logarithms[n + 1], out gradient[n + 1]);
        for (int i = 0; i < n; i++)
        {
            penalty += Gamma(3, 6, logarithms[i], out gradient[i]);
        }

        return penalty;
    }
}
