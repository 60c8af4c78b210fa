namespace Search.Strategies.Bayesian;

/// <summary>The logarithm of the probability that the objective is less than the incumbent by a margin (Kushner 1964).</summary>
/// <param name="margin">In standard deviations of the outcomes; without one it never leaves the incumbent's surroundings.</param>
internal sealed class LogProbabilityOfImprovement(double margin) : AcquisitionFunction
{
    /// <inheritdoc/>
    public override bool IsLogarithm => true;

    /// <inheritdoc/>
    public override double Evaluate(double mean, double deviation, double incumbent, out double ofMean, out double ofDeviation)
    {
        double u = (incumbent - margin - mean) / deviation;
        double value = NormalDistribution.LogCumulative(u, out double slope);
        ofMean = -slope / deviation;
        ofDeviation = -slope * u / deviation;
        return value;
    }
}
