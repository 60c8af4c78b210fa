using Search.LinearAlgebra;

namespace Search.Strategies.CmaEs;

/// <summary>
/// Learning rates that keep the signal-to-noise ratio of the updates constant (LRA-CMA: Nomura, Akimoto and Ono 2023, arXiv:2304.03473):
/// on a rugged or noisy objective the distribution moves as slowly as it must.
/// </summary>
/// <param name="n">How many numbers are searched.</param>
internal sealed class LearningRateAdaptation(int n)
{
    private const double Target = 1.4; // α
    private const double Hesitation = 0.1; // γ
    private readonly Rate _mean = new(n, 0.1);
    private readonly Rate _covariance = new(n * n, 0.03);
    private readonly double[] _row = new double[(n + 7) / 8 * 8];
    private readonly double[] _change = new double[n * n];

    /// <summary>η_m, between 0 and 1.</summary>
    public double MeanRate => _mean.Value;

    /// <summary>η_Σ, between 0 and 1.</summary>
    public double CovarianceRate => _covariance.Value;

    /// <summary>Learns how consistent the changes of one generation are with those before.</summary>
    /// <param name="root">The root of the covariance before.</param>
    /// <param name="mean">The mean's change, in units of the step size before: n numbers.</param>
    /// <param name="covariance">The covariance's change, in units of the step size before: n × n numbers, symmetric.</param>
    /// <returns>The factor of the step size that keeps the pace of the mean: the old η_m over the new.</returns>
    public double Learn(ICovarianceRoot root, ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance)
    {
        double before = MeanRate;
        _mean.Learn(Local(root, mean));

        // Twice A⁻¹ on every row, transposed in between: A⁻¹ ΔΣ A⁻¹ / √2.
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> local = Local(root, covariance.Slice(i * n, n));
            for (int j = 0; j < n; j++)
            {
                _change[(j * n) + i] = local[j] / Math.Sqrt(2);
            }
        }

        for (int i = 0; i < n; i++)
        {
            Local(root, _change.AsSpan(i * n, n)).CopyTo(_change.AsSpan(i * n, n));
        }

        _covariance.Learn(_change);
        return before / MeanRate;
    }

    private ReadOnlySpan<double> Local(ICovarianceRoot root, ReadOnlySpan<double> vector)
    {
        Array.Clear(_row);
        vector.CopyTo(_row);
        root.Solve(_row);
        return _row.AsSpan(0, n);
    }

    private sealed class Rate(int count, double smoothing)
    {
        private readonly double[] _average = new double[count]; // E
        private double _power; // V

        public double Value { get; private set; } = 1;

        public void Learn(ReadOnlySpan<double> change)
        {
            for (int i = 0; i < count; i++)
            {
                _average[i] = ((1 - smoothing) * _average[i]) + (smoothing * change[i]); // eq. 8
            }

            _power = ((1 - smoothing) * _power) + (smoothing * VectorKernels.Dot(change, change)); // eq. 9
            double squared = VectorKernels.Dot(_average, _average);
            double noise = _power - squared;
            double ratio = noise > 0 ? (squared - (smoothing / (2 - smoothing) * _power)) / noise : double.PositiveInfinity; // eq. 12
            double step = Math.Clamp((ratio / (Target * Value)) - 1, -1, 1);
            Value = Math.Min(1, Value * Math.Exp(Math.Min(Hesitation * Value, smoothing) * step)); // eq. 14
        }
    }
}
