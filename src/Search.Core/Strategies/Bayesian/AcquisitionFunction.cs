namespace Search.Strategies.Bayesian;

/// <summary>How much an evaluation is worth where the objective, to be minimised, is believed to be normal; more is better.</summary>
internal abstract class AcquisitionFunction
{
    /// <summary>Whether values are logarithms, which are averaged as what they are logarithms of.</summary>
    public abstract bool IsLogarithm { get; }

    /// <summary>Evaluates it.</summary>
    /// <param name="mean">The mean of the belief.</param>
    /// <param name="deviation">Its standard deviation; positive.</param>
    /// <param name="incumbent">The least mean among the points that are known.</param>
    /// <param name="ofMean">The derivative with respect to the mean.</param>
    /// <param name="ofDeviation">The derivative with respect to the deviation.</param>
    public abstract double Evaluate(double mean, double deviation, double incumbent, out double ofMean, out double ofDeviation);
}
