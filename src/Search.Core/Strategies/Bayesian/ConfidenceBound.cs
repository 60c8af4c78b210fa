namespace Search.Strategies.Bayesian;

/// <summary>The optimistic bound κσ − μ (Srinivas et al. 2010, arXiv:0912.3995, eq. 6, for minimisation).</summary>
/// <param name="kappa">How many deviations of optimism.</param>
internal sealed class ConfidenceBound(double kappa) : AcquisitionFunction
{
    /// <inheritdoc/>
    public override bool IsLogarithm => false;

    /// <inheritdoc/>
    public override double Evaluate(double mean, double deviation, double incumbent, out double ofMean, out double ofDeviation)
    {
        (ofMean, ofDeviation) = (-1, kappa);
        return (kappa * deviation) - mean;
    }
}
