using Search.LinearAlgebra;

namespace Search.Strategies.CmaEs;

/// <summary>
/// CMA-ES with a full covariance matrix and active update (Hansen 2016, arXiv:1604.00772; Jastrebski and Arnold 2006), whose coordinates
/// are scaled by a diagonal that learns faster than the matrix (dd-CMA: Akimoto and Hansen 2020, arXiv:1905.05885).
/// </summary>
internal sealed class CmaEsRun : EvolutionRun
{
    private const int LargestEigen = 100; // beyond, a Cholesky factor is the root: an eigendecomposition would cost more than all the rest

    private const double Haste = 1.1; // the diagonal has the scales, so correlations may be learned faster: measured, 3 % fewer evaluations on a rotated ellipsoid (200 starts, n = 5 and 10)

    private readonly LearningRateAdaptation? _patience;
    private readonly ICovarianceRoot _root;
    private readonly double[] _covariance; // C, lower triangle
    private readonly CumulativeStepSize _stepSize;
    private readonly double[] _pathC; // in the units of x / σ
    private readonly double[] _pathD; // likewise
    private readonly double[] _normalMean;
    private readonly double[] _stepMean;
    private readonly double[] _decoding;
    private CmaEsConstants _constants = null!; // both set by DeriveConstants
    private CmaEsConstants _diagonal = null!;
    private double[] _weights = [];
    private int _sinceDecomposition;

    /// <summary>Starts a run.</summary>
    /// <param name="start">Where.</param>
    /// <param name="lambda">Points a generation; at least 2.</param>
    /// <param name="patience">How learning rates follow the signal-to-noise ratio, in place of the diagonal; null for constant rates and the diagonal.</param>
    public CmaEsRun(RunStart start, int lambda, LearningRateAdaptation? patience = null)
        : base(start, lambda)
    {
        _patience = patience;
        int n = Dimension;
        _root = n <= LargestEigen ? new EigenRoot(n) : new CholeskyRoot(n);
        _covariance = new double[n * Stride];
        _stepSize = new CumulativeStepSize(n, Stride);
        _pathC = new double[Stride];
        _pathD = new double[Stride];
        _normalMean = new double[Stride];
        _stepMean = new double[Stride];
        _decoding = new double[Stride];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                _covariance[(i * Stride) + j] = start.Covariance is { } given ? given[(i * n) + j] : i == j ? 1 : 0;
            }
        }

        DeriveConstants();
        if (start.Covariance is not null)
        {
            Decompose();
        }
    }

    /// <inheritdoc/>
    public override double ConditionNumber => _root.ConditionNumber;

    /// <inheritdoc/>
    public override void Axis(int number, Span<double> axis)
    {
        _root.Axis(number % Dimension, axis);
        for (int j = 0; j < Dimension; j++)
        {
            axis[j] *= Sigma * Scale[j];
        }
    }

    /// <inheritdoc/>
    protected override double Variance(int j) => _covariance[(j * Stride) + j];

    /// <inheritdoc/>
    protected override void DeriveConstants()
    {
        _constants = CmaEsConstants.Full(Dimension, Lambda, _patience is null ? CmaEsConstants.Fading(Haste, Dimension, Lambda) : 1);
        _diagonal = CmaEsConstants.DiagonalDecoding(Dimension, Lambda);
        _weights = new double[Lambda + 1];
    }

    /// <inheritdoc/>
    protected override void Transform() => _root.Multiply(Normals, Lambda, Steps);

    /// <inheritdoc/>
    protected override void InvertTransform(Span<double> step) => _root.Solve(step);

    /// <inheritdoc/>
    protected override void Adapt()
    {
        if (_patience is not null)
        {
            AdaptPatiently(_patience);
            return;
        }

        Move();
        UpdateDiagonal(_stepSize.IsStalled);

        // Every generation for small n; the rates say how many may pass unseen for large n.
        _sinceDecomposition++;
        if (_sinceDecomposition >= 1 / ((_constants.RankOne + _constants.RankMu) * Dimension * 10))
        {
            TakeVariances();
            Decompose();
        }
    }

    private void Move()
    {
        CmaEsConstants c = _constants;
        WeightedSum(Normals, c.Weights.AsSpan(0, c.Mu), _normalMean);
        WeightedSum(Steps, c.Weights.AsSpan(0, c.Mu), _stepMean);
        MoveMean(_stepMean); // eqs. 41, 42
        for (int j = 0; j < Dimension; j++)
        {
            _stepMean[j] *= Scale[j];
        }

        double factor = _stepSize.Update(c, _normalMean, Generation);
        double gainC = Math.Sqrt(c.CumulationC * (2 - c.CumulationC) * c.MuEff);
        Accumulate(_pathC, 1 - c.CumulationC, _stepSize.IsStalled ? 0 : gainC, _stepMean); // eq. 45
        UpdateCovariance(_stepSize.IsStalled);
        Sigma *= factor; // eq. 44
    }

    // Nomura et al. 2023, algorithm 1: the update is made, measured in the coordinates of the distribution before, and shortened.
    private void AdaptPatiently(LearningRateAdaptation patience)
    {
        int n = Dimension;
        double[] mean = [.. Mean];
        double[] covariance = [.. _covariance];
        double sigma = Sigma;
        Move();
        double growth = Sigma * Sigma / (sigma * sigma);
        double[] moved = new double[n];
        double[] change = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            moved[i] = (Mean[i] - mean[i]) / (sigma * Scale[i]);
            for (int j = 0; j <= i; j++)
            {
                int at = (i * Stride) + j;
                change[(i * n) + j] = change[(j * n) + i] = (growth * _covariance[at]) - covariance[at];
            }
        }

        double factor = patience.Learn(_root, moved, change);
        for (int i = 0; i < n; i++)
        {
            Mean[i] = mean[i] + (patience.MeanRate * (Mean[i] - mean[i]));
            for (int j = 0; j <= i; j++)
            {
                _covariance[(i * Stride) + j] = covariance[(i * Stride) + j] + (patience.CovarianceRate * change[(i * n) + j]);
            }
        }

        // σ takes the determinant: σ ← σ det(C)^(1/2n), C ← C / det(C)^(1/n).
        var cholesky = new Cholesky();
        double[] packed = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            _covariance.AsSpan(i * Stride, i + 1).CopyTo(packed.AsSpan(i * n));
        }

        double size = cholesky.TryFactor(packed, n) ? Math.Exp(cholesky.LogDeterminant / n) : 1;
        for (int i = 0; i < _covariance.Length; i++)
        {
            _covariance[i] /= size;
        }

        Sigma = sigma * Math.Sqrt(size) * factor;
        Decompose();
    }

    private static void Accumulate(double[] path, double decay, double gain, double[] step)
    {
        for (int j = 0; j < path.Length; j++)
        {
            path[j] = (decay * path[j]) + (gain * step[j]);
        }
    }

    private void UpdateCovariance(bool stalled)
    {
        CmaEsConstants c = _constants;
        double sum = 0;
        for (int rank = 0; rank < Lambda; rank++)
        {
            int k = Ranking[rank];
            double weight = c.Weights[rank];
            sum += weight;
            _weights[k] = c.RankMu * (weight * Tempering(weight, k));
        }

        Span<double> path = Steps.AsSpan(Lambda * Stride, Stride);
        for (int j = 0; j < Dimension; j++)
        {
            path[j] = _pathC[j] / Scale[j];
        }

        _weights[Lambda] = c.RankOne;
        double decay = 1 + (stalled ? c.RankOne * c.CumulationC * (2 - c.CumulationC) : 0) - c.RankOne - (c.RankMu * sum);
        MatrixKernels.AddOuterProducts(_covariance, Stride, Dimension, decay, Steps, _weights); // eq. 47
    }

    // Akimoto and Hansen 2020, eqs. 20–23: the diagonal's natural gradient, damped by how far C's correlations are from none.
    private void UpdateDiagonal(bool stalled)
    {
        CmaEsConstants c = _diagonal;
        double gain = Math.Sqrt(c.CumulationC * (2 - c.CumulationC) * c.MuEff);
        Accumulate(_pathD, 1 - c.CumulationC, stalled ? 0 : gain, _stepMean);
        for (int j = 0; j < Dimension; j++)
        {
            _decoding[j] = _pathD[j] / Scale[j];
        }

        _root.Solve(_decoding);
        AdaptScale(c, _decoding, stalled, Math.Max(1, Math.Sqrt(_root.ConditionNumber) - 1));
    }

    // C keeps the correlations only; its variances move into the diagonal.
    private void TakeVariances()
    {
        for (int i = 0; i < Dimension; i++)
        {
            _decoding[i] = Math.Sqrt(_covariance[(i * Stride) + i]);
            Scale[i] *= _decoding[i];
        }

        for (int i = 0; i < Dimension; i++)
        {
            for (int j = 0; j < i; j++)
            {
                _covariance[(i * Stride) + j] /= _decoding[i] * _decoding[j];
            }

            _covariance[(i * Stride) + i] = 1;
        }
    }

    private void Decompose()
    {
        _sinceDecomposition = 0;
        for (double lift = 1e-14; !_root.TryUpdate(_covariance) && lift < 1; lift *= 100)
        {
            for (int i = 0; i < Dimension; i++)
            {
                _covariance[(i * Stride) + i] *= 1 + lift; // rounding made it indefinite
            }
        }
    }
}
