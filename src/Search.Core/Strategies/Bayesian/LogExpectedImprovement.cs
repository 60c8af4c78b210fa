namespace Search.Strategies.Bayesian;

/// <summary>The logarithm of the expected improvement (Ament et al. 2023, arXiv:2310.20708, eq. 9), which has a slope where the improvement itself is too small to be a number.</summary>
internal sealed class LogExpectedImprovement : AcquisitionFunction
{
    /// <inheritdoc/>
    public override bool IsLogarithm => true;

    /// <inheritdoc/>
    public override double Evaluate(double mean, double deviation, double incumbent, out double ofMean, out double ofDeviation)
    {
        double u = (incumbent - mean) / deviation;
        double value = NormalDistribution.LogImprovement(u, out double slope) + Math.Log(deviation);
        ofMean = -slope / deviation;
        ofDeviation = (1 - (slope * u)) / deviation;
        return value;
    }
}
