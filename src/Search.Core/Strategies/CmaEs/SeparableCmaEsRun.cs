namespace Search.Strategies.CmaEs;

/// <summary>
/// CMA-ES with a diagonal covariance matrix (Ros and Hansen 2008), with active weights and an update of the variances' logarithms: linear
/// in the number of coordinates, and fast where each of them can be improved by itself.
/// </summary>
internal sealed class SeparableCmaEsRun : EvolutionRun
{
    private readonly CumulativeStepSize _stepSize;
    private readonly double[] _path; // in the units of x / σ
    private readonly double[] _mean;
    private readonly double[] _normalPath;
    private CmaEsConstants _constants;

    /// <summary>Starts a run.</summary>
    /// <param name="start">Where; of a covariance only the diagonal counts.</param>
    /// <param name="lambda">Points a generation; at least 2.</param>
    public SeparableCmaEsRun(RunStart start, int lambda)
        : base(start, lambda)
    {
        _stepSize = new CumulativeStepSize(Dimension, Stride);
        _path = new double[Stride];
        _mean = new double[Stride];
        _normalPath = new double[Stride];
        _constants = CmaEsConstants.Separable(Dimension, lambda);
    }

    /// <inheritdoc/>
    protected override double Variance(int j) => 1;

    /// <inheritdoc/>
    protected override void DeriveConstants() => _constants = CmaEsConstants.Separable(Dimension, Lambda);

    /// <inheritdoc/>
    protected override void Transform() => Normals.CopyTo(Steps, 0);

    /// <inheritdoc/>
    protected override void InvertTransform(Span<double> step)
    {
    }

    /// <inheritdoc/>
    protected override void Adapt()
    {
        CmaEsConstants c = _constants;
        WeightedSum(Normals, c.Weights.AsSpan(0, c.Mu), _mean);
        MoveMean(_mean);
        double factor = _stepSize.Update(c, _mean, Generation);
        double gain = _stepSize.IsStalled ? 0 : Math.Sqrt(c.CumulationC * (2 - c.CumulationC) * c.MuEff);
        for (int j = 0; j < Dimension; j++)
        {
            _path[j] = ((1 - c.CumulationC) * _path[j]) + (gain * Scale[j] * _mean[j]);
            _normalPath[j] = _path[j] / Scale[j];
        }

        AdaptScale(c, _normalPath, _stepSize.IsStalled, 1);
        Sigma *= factor;
    }
}
