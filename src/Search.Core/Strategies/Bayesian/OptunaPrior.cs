namespace Search.Strategies.Bayesian;

/// <summary>Optuna's priors: −0.1 (ℓ² + ℓ⁻²) on the log-density of a lengthscale, s² from Gamma(2, 1), σ² from Gamma(1.1, 30).</summary>
internal sealed class OptunaPrior : HyperPrior
{
    /// <inheritdoc/>
    public override bool LearnsSignalVariance => true;

    /// <inheritdoc/>
    public override double[] Start(int lengthscales) => [.. Enumerable.Repeat(Math.Log(0.5), lengthscales), 0, Math.Log(1e-3)];

    /// <inheritdoc/>
    public override double Penalty(ReadOnlySpan<double> logarithms, Span<double> gradient)
    {
        int n = logarithms.Length - 2;
        double penalty = Gamma(2, 1, logarithms[n], out gradient[n]) + Gamma(1.1, 30, logarithms[n + 1], out gradient[n + 1]);
        for (int i = 0; i < n; i++)
        {
            double square = Math.Exp(2 * logarithms[i]);
            penalty += 0.1 * (square + (1 / square));
            gradient[i] = 0.2 * (square - (1 / square));
        }

        return penalty;
    }
}
