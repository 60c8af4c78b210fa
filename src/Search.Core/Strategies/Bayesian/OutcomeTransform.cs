namespace Search.Strategies.Bayesian;

/// <summary>
/// Between an objective's unit and what a Gaussian process sees: standardised, bent by the power transform of Yeo and Johnson 2000 (eq. 2.1)
/// so that a few huge outcomes do not drown the differences among the good ones, and standardised again.
/// </summary>
internal sealed class OutcomeTransform
{
    private const double Largest = 1e150; // outcomes beyond it count as it: sums of their squares stay finite
    private const double Farthest = 1e30; // deviations: outcomes that come after a fit may lie anywhere, and their powers stay finite
    private const double SmallestPower = 1e-6; // a negative exponent gives outcomes an upper limit: predictions beyond it count as just below

    private readonly double _offset;
    private readonly double _scale;
    private readonly double _lambda;
    private readonly double _bentOffset;
    private readonly double _bentScale;

    /// <summary>Learns the offsets and scales.</summary>
    /// <param name="values">The outcomes; at least one.</param>
    /// <param name="lambda">The exponent, at most 1, which leaves a line; the less, the more large outcomes are drawn together.</param>
    public OutcomeTransform(IReadOnlyList<double> values, double lambda)
    {
        _lambda = lambda;
        (_offset, _scale) = Moments([.. values.Select(Limit)]);
        (_bentOffset, _bentScale) = Moments([.. values.Select(value => Bend(Standardise(value)))]);
    }

    /// <summary>Transforms outcomes.</summary>
    public double[] Apply(IEnumerable<double> values) => [.. values.Select(value => (Bend(Standardise(value)) - _bentOffset) / _bentScale)];

    /// <summary>The outcome that a transformed one came from.</summary>
    public double Invert(double transformed) => Math.Clamp(_offset + (_scale * Straighten(_bentOffset + (_bentScale * transformed))), -double.MaxValue, double.MaxValue);

    /// <summary>ln |∂ transformed / ∂ outcome| summed over the outcomes it was made for, up to what does not depend on λ.</summary>
    public double LogJacobian(IEnumerable<double> values) =>
        values.Sum(value => LogSlope(Standardise(value)) - Math.Log(_bentScale));

    private static (double Offset, double Scale) Moments(IReadOnlyList<double> values)
    {
        double offset = values.Average();
        double scale = Math.Sqrt(values.Average(value => (value - offset) * (value - offset)));
        return (offset, scale > 1e-12 * Math.Abs(offset) && scale > 0 ? scale : 1); // or all outcomes are alike
    }

    private static double Limit(double value) => Math.Clamp(value, -Largest, Largest);

    private double Standardise(double value) => Math.Clamp((Limit(value) - _offset) / _scale, -Farthest, Farthest);

    private double LogSlope(double z) => (_lambda - 1) * Math.Sign(z) * Math.Log(1 + Math.Abs(z));

    private double Bend(double z) => z >= 0 ? Power(z, _lambda) : -Power(-z, 2 - _lambda);

    private double Straighten(double bent) => bent >= 0 ? Root(bent, _lambda) : -Root(-bent, 2 - _lambda);

    private static double Power(double z, double exponent) => exponent == 0 ? Math.Log(1 + z) : (Math.Pow(1 + z, exponent) - 1) / exponent;

    private static double Root(double bent, double exponent) => exponent == 0
        ? Math.Exp(bent) - 1
        : Math.Pow(Math.Max((exponent * bent) + 1, SmallestPower), 1 / exponent) - 1;
}
