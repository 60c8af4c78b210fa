using Search.LinearAlgebra;

namespace Search.Strategies.CmaEs;

/// <summary>
/// CR-FM-NES (Nomura and Ono 2022, arXiv:2201.11422): natural evolution strategy with C = D (I + v vᵀ) D, mirrored points, weights that
/// also reward distance, and a step-size rate that switches with the length of the evolution path.
/// </summary>
internal sealed class CrFmNesRun : EvolutionRun
{
    private readonly double[] _pathSigma;
    private readonly double[] _pathC; // in the units of x / σ
    private readonly double[] _direction; // v
    private readonly double[] _unit; // v / ‖v‖
    private readonly double[] _sum;
    private readonly double[] _squares;
    private readonly double[] _products;
    private readonly double _distanceGain; // h⁻¹
    private double[] _rankWeights = [];
    private double[] _weights = [];
    private double _muEff;
    private double _squaredLength; // ‖v‖²

    /// <summary>Starts a run.</summary>
    /// <param name="start">Where; of a covariance nothing is used.</param>
    /// <param name="lambda">Points a generation; an odd number is raised by one.</param>
    public CrFmNesRun(RunStart start, int lambda)
        : base(start, lambda + (lambda % 2))
    {
        _pathSigma = new double[Stride];
        _pathC = new double[Stride];
        _direction = new double[Stride];
        _unit = new double[Stride];
        _sum = new double[Stride];
        _squares = new double[Stride];
        _products = new double[Stride];
        new Rng(0, 0, Dimension).FillGaussian(_direction.AsSpan(0, Dimension));
        for (int j = 0; j < Dimension; j++)
        {
            _direction[j] /= Math.Sqrt(Dimension);
        }

        _distanceGain = DistanceGain(Dimension);
        DeriveConstants();
        Normalise();
    }

    /// <inheritdoc/>
    protected override double Variance(int j) => 1 + (_direction[j] * _direction[j]);

    /// <inheritdoc/>
    protected override void DeriveConstants()
    {
        double[] raw = [.. Enumerable.Range(1, Lambda).Select(i => Math.Max(0, Math.Log((Lambda / 2.0) + 1) - Math.Log(i)))];
        double sum = raw.Sum();
        _rankWeights = [.. raw.Select(weight => weight / sum)];
        _weights = new double[Lambda + 1];
        _muEff = 1 / _rankWeights.Sum(weight => weight * weight);
    }

    /// <inheritdoc/>
    protected override void DrawNormals(long seed, long generation)
    {
        for (int k = 0; k < Lambda; k += 2)
        {
            Span<double> one = Normals.AsSpan(k * Stride, Dimension);
            new Rng(seed, generation, k).FillGaussian(one);
            for (int j = 0; j < Dimension; j++)
            {
                Normals[((k + 1) * Stride) + j] = -one[j];
            }
        }
    }

    /// <inheritdoc/>
    protected override void Transform()
    {
        Normals.CopyTo(Steps, 0);
        for (int k = 0; k < Lambda; k++)
        {
            Stretch(Steps.AsSpan(k * Stride, Stride), Math.Sqrt(1 + _squaredLength) - 1);
        }
    }

    /// <inheritdoc/>
    protected override void InvertTransform(Span<double> step) => Stretch(step, (1 / Math.Sqrt(1 + _squaredLength)) - 1);

    /// <inheritdoc/>
    protected override void Adapt()
    {
        int n = Dimension;
        double rateSigma = (_muEff + 2) / (n + _muEff + 5);
        WeightedSum(Normals, _rankWeights, _sum);
        double gainSigma = Math.Sqrt(rateSigma * (2 - rateSigma) * _muEff);
        for (int j = 0; j < n; j++)
        {
            _pathSigma[j] = ((1 - rateSigma) * _pathSigma[j]) + (gainSigma * _sum[j]);
        }

        double length = Math.Sqrt(VectorKernels.Dot(_pathSigma, _pathSigma));
        double chi = CmaEsConstants.ExpectedLength(n);
        SetWeights(length >= chi);
        Array.Clear(_sum);
        for (int k = 0; k < Lambda; k++)
        {
            VectorKernels.AddScaled(_weights[k], Steps.AsSpan(k * Stride, Stride), _sum);
        }

        double rateC = (4 + (_muEff / n)) / (n + 4 + (2 * _muEff / n));
        double gainC = Math.Sqrt(rateC * (2 - rateC) * _muEff);
        for (int j = 0; j < n; j++)
        {
            _pathC[j] = ((1 - rateC) * _pathC[j]) + (gainC * Scale[j] * _sum[j]);
        }

        double growth = Math.Exp(StepRate(length / chi) / 2 * Excess());
        MoveMean(_sum);
        Reshape();
        Sigma *= growth;
    }

    // §3: the root of (1 + a²) exp(a²/2) / 0.24 − 10 − n.
    private static double DistanceGain(int n)
    {
        double a = 1;
        for (int i = 0; i < 100; i++)
        {
            double power = Math.Exp(a * a / 2) / 0.24;
            double value = ((1 + (a * a)) * power) - 10 - n;
            double slope = a * (3 + (a * a)) * power;
            a -= Math.Clamp(value / slope, -0.5, 0.5);
        }

        return a;
    }

    // By index; their sum is 0. While the path is long, the farther of two equally good points counts more.
    private void SetWeights(bool byDistance)
    {
        double gain = _distanceGain * Math.Min(1, Math.Sqrt((double)Lambda / Dimension)) * Math.Sqrt((double)Succeeded / Lambda);
        double sum = 0;
        for (int rank = 0; rank < Lambda; rank++)
        {
            int k = Ranking[rank];
            ReadOnlySpan<double> z = Normals.AsSpan(k * Stride, Stride);
            _weights[k] = _rankWeights[rank] * (byDistance ? Math.Exp(gain * Math.Sqrt(VectorKernels.Dot(z, z))) : 1);
            sum += _weights[k];
        }

        for (int k = 0; k < Lambda; k++)
        {
            _weights[k] = (_weights[k] / sum) - (1.0 / Lambda);
        }
    }

    // η_σ: moving, stagnating, converging.
    private double StepRate(double relativeLength) => relativeLength switch
    {
        >= 1 => 1,
        >= 0.1 => Math.Tanh(((0.024 * Succeeded) + (0.7 * Dimension) + 20) / (Dimension + 12)),
        _ => 2 * Math.Tanh(((0.025 * Succeeded) + (0.75 * Dimension) + 10) / (Dimension + 4)),
    };

    // G_σ = Σ w (‖z‖² − n) / n
    private double Excess()
    {
        double sum = 0;
        for (int k = 0; k < Lambda; k++)
        {
            ReadOnlySpan<double> z = Normals.AsSpan(k * Stride, Stride);
            sum += _weights[k] * (VectorKernels.Dot(z, z) - Dimension);
        }

        return sum / Dimension;
    }

    // The natural gradient of v and D (appendix A; VD-CMA: Akimoto, Auger and Hansen 2014). It is linear in three weighted sums over the
    // points: Σ w (v̄ᵀy) y, Σ w y² and Σ w ((v̄ᵀy)² + γ) / 2.
    private void Reshape()
    {
        int n = Dimension;
        double gamma = 1 + _squaredLength;
        double rate = Math.Tanh((Math.Min(0.02 * Succeeded, 3 * Math.Log(n)) + 5) / ((0.23 * n) + 25)); // η_B
        double rankOne = Math.Max(0, n - 5) / 6.0 * 2 / (((n + 1.3) * (n + 1.3)) + _muEff) * Succeeded / Lambda;
        for (int j = 0; j < n; j++)
        {
            Steps[(Lambda * Stride) + j] = _pathC[j] / Scale[j];
        }

        Array.Clear(_products);
        Array.Clear(_squares);
        double total = 0;
        double along = 0;
        for (int k = 0; k <= Lambda; k++)
        {
            double weight = k == Lambda ? rankOne : rate * _weights[k];
            ReadOnlySpan<double> y = Steps.AsSpan(k * Stride, Stride);
            double product = VectorKernels.Dot(_unit, y);
            VectorKernels.AddScaled(weight * product, y, _products);
            VectorKernels.AddScaledSquares(weight, y, _squares);
            total += weight;
            along += weight * ((product * product) + gamma) / 2;
        }

        double largest = 0;
        for (int j = 0; j < n; j++)
        {
            largest = Math.Max(largest, _unit[j] * _unit[j]);
        }

        double fourth = _squaredLength * _squaredLength;
        double alpha = Math.Min(1, Math.Sqrt(fourth + (((2 * gamma) - Math.Sqrt(gamma)) / largest)) / (2 + _squaredLength));
        double b = (-(1 - (alpha * alpha)) * fourth / gamma) + (2 * alpha * alpha);

        // t = _products − along · v̄, then s, then t again; s replaces _squares and t _products.
        VectorKernels.AddScaled(-along, _unit, _products);
        double inner = VectorKernels.Dot(_unit, _products);
        double projected = 0;
        double weighted = 0;
        for (int j = 0; j < n; j++)
        {
            double v = _unit[j];
            double t = _products[j];
            double s = _squares[j] - (_squaredLength / gamma * v * (t + (along * v))) - total;
            s -= alpha / gamma * (((2 + _squaredLength) * t * v) - (_squaredLength * v * v * inner));
            double inverse = 1 / (2 - ((b + (2 * alpha * alpha)) * v * v));
            _squares[j] = s * inverse;
            projected += v * v * inverse * s;
            weighted += v * v * inverse * v * v;
        }

        double correction = b / (1 + (b * weighted)) * projected;
        double outer = 0;
        for (int j = 0; j < n; j++)
        {
            double v = _unit[j];
            _squares[j] -= correction * v * v / (2 - ((b + (2 * alpha * alpha)) * v * v));
            outer += v * v * _squares[j];
        }

        double length = Math.Sqrt(_squaredLength);
        double logarithms = 0;
        for (int j = 0; j < n; j++)
        {
            double v = _unit[j];
            _direction[j] += (_products[j] - (alpha * (((2 + _squaredLength) * _squares[j] * v) - (v * outer)))) / length;
            Scale[j] *= Math.Max(0.1, 1 + _squares[j]); // a step that would turn the sign is cut
            logarithms += Math.Log(Scale[j]);
        }

        Normalise();
        double size = Math.Exp((-logarithms - (Math.Log(1 + _squaredLength) / 2)) / n);
        for (int j = 0; j < n; j++)
        {
            Scale[j] *= size; // det C = 1
        }
    }

    private void Normalise()
    {
        _squaredLength = VectorKernels.Dot(_direction, _direction);
        double length = Math.Sqrt(_squaredLength);
        for (int j = 0; j < Dimension; j++)
        {
            _unit[j] = _direction[j] / length;
        }
    }

    // y = z + factor · v̄ (v̄ᵀz)
    private void Stretch(Span<double> vector, double factor) => VectorKernels.AddScaled(factor * VectorKernels.Dot(_unit, vector), _unit, vector);
}
