using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Search.LinearAlgebra;

namespace Search.Strategies.Bayesian;

/// <summary>
/// The posterior of a Gaussian process with a constant prior mean, given observations (Rasmussen and Williams 2006, algorithm 2.1). With
/// pending inputs it is several posteriors of one covariance, one for each of the outcomes that were drawn for them.
/// </summary>
internal sealed class GaussianProcess
{
    private const double SmallestVariance = 1e-14; // of the signal's: rounding must not make a variance negative
    private const int Block = 64; // points predicted at once, so that their covariances stay in the cache
    private static readonly double[] Jitters = [0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4]; // of the signal's variance

    private readonly IReadOnlyList<int> _groups;
    private readonly List<double>[] _scaled; // for each input, x/ℓ of every observation
    private readonly Cholesky _factor = new();
    private readonly double _diagonal; // what K has on its diagonal beyond the kernel: noise and jitter
    private readonly List<double> _residuals = []; // L⁻¹(y − m) of the observations
    private double[][] _weights; // K⁻¹(y − m), under each outcome

    /// <summary>Conditions the process on observations.</summary>
    /// <param name="kernel">The covariance function.</param>
    /// <param name="hyper">Its numbers; one lengthscale a group.</param>
    /// <param name="groups">For every input, the index of its lengthscale.</param>
    /// <param name="points">The inputs; at least one point.</param>
    /// <param name="values">The outcomes, as many.</param>
    /// <param name="mean">The prior mean, or null for its generalised least squares estimate.</param>
    /// <exception cref="ArithmeticException">The covariance matrix is not positive definite even with the largest jitter.</exception>
    public GaussianProcess(Kernel kernel, Hyperparameters hyper, IReadOnlyList<int> groups, IReadOnlyList<double[]> points, ReadOnlySpan<double> values, double? mean = null)
    {
        (Kernel, Hyperparameters, _groups) = (kernel, hyper, groups);
        _scaled = [.. groups.Select(_ => new List<double>(points.Count))];
        int count = points.Count;
        double[] covariances = Extend(points);
        double jitter = 0;
        foreach (double relative in Jitters)
        {
            double step = (relative * hyper.SignalVariance) - jitter;
            jitter += step;
            for (int i = 0; i < count; i++)
            {
                covariances[(i * count) + i] += step + (relative == 0 ? hyper.NoiseVariance : 0);
            }

            if (_factor.TryFactor(covariances, count))
            {
                break;
            }
        }

        if (_factor.Count == 0)
        {
            throw new ArithmeticException($"A covariance of {count} points is not positive definite even with a jitter of {Jitters[^1]} of its variance.");
        }

        _diagonal = hyper.NoiseVariance + jitter;
        (Mean, double[] residuals) = Whiten(values, mean);
        _residuals.AddRange(residuals);
        _weights = [Back(residuals)];
    }

    public Kernel Kernel { get; }

    public Hyperparameters Hyperparameters { get; }

    /// <summary>The prior mean.</summary>
    public double Mean { get; }

    /// <summary>How many inputs a point has.</summary>
    public int Inputs => _groups.Count;

    /// <summary>How many outcomes it predicts under: one without pending inputs.</summary>
    public int Outcomes => _weights.Length;

    private int Count => _factor.Count;

    /// <summary>The lengthscale of an input.</summary>
    public double Lengthscale(int input) => Hyperparameters.Lengthscales[_groups[input]];

    /// <summary>(y − m)ᵀK⁻¹(y − m) for other outcomes of the same points, with their own generalised least squares mean.</summary>
    public double SquaredLength(ReadOnlySpan<double> values)
    {
        (_, double[] residuals) = Whiten(values, null);
        return VectorKernels.Dot(residuals, residuals);
    }

    /// <summary>Adds observations without a new factorisation, the prior mean staying as it is; nothing may be pending.</summary>
    /// <param name="points">The inputs.</param>
    /// <param name="values">The outcomes, as many.</param>
    /// <returns>Whether it could; if not, rounding needs a new process.</returns>
    public bool TryAppend(IReadOnlyList<double[]> points, ReadOnlySpan<double> values)
    {
        if (!TryExtend(points))
        {
            return false;
        }

        foreach (double value in values)
        {
            ReadOnlySpan<double> row = _factor.Row(_residuals.Count);
            _residuals.Add((value - Mean - VectorKernels.Dot(CollectionsMarshal.AsSpan(_residuals), row)) / row[^1]);
        }

        _weights = [Back(CollectionsMarshal.AsSpan(_residuals))];
        return true;
    }

    /// <summary>Adds pending inputs, whose outcomes are drawn from their joint posterior.</summary>
    /// <param name="points">The inputs.</param>
    /// <param name="normals">For every outcome a row of standard normal numbers, one a point.</param>
    /// <returns>Whether it could; if not, rounding needs a new process.</returns>
    public bool TryImagine(IReadOnlyList<double[]> points, IReadOnlyList<double[]> normals)
    {
        // The factor's new diagonal block is that of the posterior covariance, so that an outcome's part of L⁻¹(y − m) is its normal draw.
        bool isPossible = TryExtend(points);
        _weights = isPossible ? [.. normals.Select(z => Back([.. _residuals, .. z]))] : _weights;
        return isPossible;
    }

    /// <summary>Forgets the pending inputs.</summary>
    public void Forget()
    {
        _factor.Truncate(_residuals.Count);
        foreach (List<double> input in _scaled)
        {
            input.RemoveRange(Count, input.Count - Count);
        }

        _weights = [Back(CollectionsMarshal.AsSpan(_residuals))];
    }

    /// <summary>Predicts one point under the first outcome.</summary>
    public (double Mean, double Variance) Predict(ReadOnlySpan<double> point)
    {
        Span<double> mean = stackalloc double[1];
        double variance = Predict(point, mean).Variance;
        return (mean[0], variance);
    }

    /// <summary>Predicts one point.</summary>
    /// <param name="point">The inputs.</param>
    /// <param name="means">Receives the mean under every outcome.</param>
    /// <returns>The rest of the prediction.</returns>
    public Prediction Predict(ReadOnlySpan<double> point, Span<double> means)
    {
        double[] covariances = new double[Count];
        double[] slopes = new double[Count];
        Relate(point, covariances, slopes);
        for (int s = 0; s < means.Length; s++)
        {
            means[s] = Mean + VectorKernels.Dot(covariances, _weights[s]);
        }

        _factor.SolveLower(covariances);
        return new Prediction(Variance(covariances), covariances, slopes);
    }

    /// <summary>Computes a prediction's derivatives.</summary>
    /// <param name="point">The inputs that were predicted.</param>
    /// <param name="prediction">Their prediction, whose arrays are used up.</param>
    /// <param name="shares">A factor for the mean under every outcome.</param>
    /// <param name="meanGradient">Receives the derivatives of Σ share · mean.</param>
    /// <param name="varianceGradient">Receives the derivatives of the variance.</param>
    public void Differentiate(ReadOnlySpan<double> point, Prediction prediction, ReadOnlySpan<double> shares, Span<double> meanGradient, Span<double> varianceGradient)
    {
        double[] ofMean = new double[Count];
        for (int s = 0; s < shares.Length; s++)
        {
            VectorKernels.AddScaled(shares[s], _weights[s], ofMean);
        }

        TensorPrimitives.Multiply(ofMean, prediction.Slopes, ofMean);
        double[] ofVariance = prediction.Whitened;
        _factor.SolveUpper(ofVariance);
        TensorPrimitives.Multiply(ofVariance, prediction.Slopes, ofVariance);

        meanGradient.Clear();
        varianceGradient.Clear();
        AddInputDerivatives(point, ofMean, meanGradient);
        AddInputDerivatives(point, ofVariance, varianceGradient);
        TensorPrimitives.Multiply(varianceGradient, -2, varianceGradient);
    }

    /// <summary>Adds the derivatives of Σ weight · covariance with respect to a point's inputs.</summary>
    /// <param name="point">The inputs.</param>
    /// <param name="slopes">Weight times slope of the covariance with every observation.</param>
    /// <param name="gradient">What is added to.</param>
    public void AddInputDerivatives(ReadOnlySpan<double> point, ReadOnlySpan<double> slopes, Span<double> gradient)
    {
        double[] differences = new double[Count];
        for (int i = 0; i < point.Length; i++)
        {
            double lengthscale = Lengthscale(i);
            TensorPrimitives.Subtract(point[i] / lengthscale, CollectionsMarshal.AsSpan(_scaled[i]), differences);
            gradient[i] += 2 / lengthscale * VectorKernels.Dot(slopes, differences);
        }
    }

    /// <summary>Predicts many points.</summary>
    /// <param name="points">The inputs.</param>
    /// <param name="means">Receives a row an outcome, a number a point.</param>
    /// <param name="variances">Receives a number a point.</param>
    public void Predict(IReadOnlyList<double[]> points, double[][] means, Span<double> variances)
    {
        double[] covariances = new double[Count * Block];
        double[] slopes = new double[Count];
        for (int start = 0; start < points.Count; start += Block)
        {
            int width = Math.Min(Block, points.Count - start);
            for (int p = 0; p < width; p++)
            {
                Span<double> row = covariances.AsSpan(p * Count, Count);
                Relate(points[start + p], row, slopes);
                for (int s = 0; s < means.Length; s++)
                {
                    means[s][start + p] = Mean + VectorKernels.Dot(row, _weights[s]);
                }
            }

            _factor.SolveLower(covariances.AsSpan(0, width * Count));
            for (int p = 0; p < width; p++)
            {
                variances[start + p] = Variance(covariances.AsSpan(p * Count, Count));
            }
        }
    }

    /// <summary>K⁻¹(y − m − draws), with which a draw from the prior becomes one from the posterior (Wilson et al. 2020, arXiv:2002.09309, eq. 13).</summary>
    /// <param name="draws">At every observation, a draw of the prior function plus one of the noise; receives the result.</param>
    public void Correct(Span<double> draws)
    {
        _factor.SolveLower(draws);
        TensorPrimitives.Subtract(CollectionsMarshal.AsSpan(_residuals), draws, draws);
        _factor.SolveUpper(draws);
    }

    /// <summary>The covariances of a point with every observation, and their slopes against the squared scaled distance.</summary>
    public void Relate(ReadOnlySpan<double> point, Span<double> covariances, Span<double> slopes)
    {
        double[] distances = new double[covariances.Length];
        double[] differences = new double[covariances.Length];
        for (int i = 0; i < point.Length; i++)
        {
            TensorPrimitives.Subtract(CollectionsMarshal.AsSpan(_scaled[i])[..distances.Length], point[i] / Lengthscale(i), differences);
            TensorPrimitives.MultiplyAdd(differences, differences, distances, distances);
        }

        Kernel.Evaluate(distances, covariances, slopes);
        TensorPrimitives.Multiply(covariances, Hyperparameters.SignalVariance, covariances);
        TensorPrimitives.Multiply(slopes, Hyperparameters.SignalVariance, slopes);
    }

    // Adds inputs and computes their rows of K without noise, each as long as all inputs together.
    private double[] Extend(IReadOnlyList<double[]> points)
    {
        int known = _scaled[0].Count;
        foreach (double[] point in points)
        {
            for (int i = 0; i < point.Length; i++)
            {
                _scaled[i].Add(point[i] / Lengthscale(i));
            }
        }

        int total = known + points.Count;
        double[] rows = new double[points.Count * total];
        double[] slopes = new double[total];
        for (int k = 0; k < points.Count; k++)
        {
            Relate(points[k], rows.AsSpan(k * total, known + k + 1), slopes.AsSpan(0, known + k + 1));
        }

        return rows;
    }

    private bool TryExtend(IReadOnlyList<double[]> points)
    {
        int known = Count;
        double[] rows = Extend(points);
        for (int k = 0; k < points.Count; k++)
        {
            rows[(k * (known + points.Count)) + known + k] += _diagonal;
        }

        // In exact arithmetic no pivot is smaller than what was added to the diagonal.
        bool isPossible = _factor.TryAppend(rows, points.Count);
        for (int i = known; isPossible && i < Count; i++)
        {
            double pivot = _factor.Row(i)[i];
            isPossible = pivot * pivot > _diagonal / 2;
        }

        if (!isPossible)
        {
            Forget();
        }

        return isPossible;
    }

    // The prior mean, unless it is given the one that maximises the likelihood, and L⁻¹(y − m).
    private (double Mean, double[] Residuals) Whiten(ReadOnlySpan<double> values, double? mean)
    {
        double[] ones = new double[values.Length];
        Array.Fill(ones, 1);
        _factor.SolveLower(ones);
        double[] residuals = values.ToArray();
        _factor.SolveLower(residuals);
        double m = mean ?? (VectorKernels.Dot(ones, residuals) / VectorKernels.Dot(ones, ones)); // (1ᵀK⁻¹y)/(1ᵀK⁻¹1)
        VectorKernels.AddScaled(-m, ones, residuals);
        return (m, residuals);
    }

    private double Variance(ReadOnlySpan<double> whitened) =>
        Math.Max(Hyperparameters.SignalVariance - VectorKernels.Dot(whitened, whitened), SmallestVariance * Hyperparameters.SignalVariance);

    private double[] Back(ReadOnlySpan<double> residuals)
    {
        double[] weights = residuals.ToArray();
        _factor.SolveUpper(weights);
        return weights;
    }
}
