using System.Numerics.Tensors;

namespace Search.Strategies.Bayesian;

/// <summary>
/// The posterior of a Gaussian process with a constant prior mean, given observations (Rasmussen and Williams 2006, algorithm 2.1). With
/// pending inputs it is several posteriors of one covariance, one for each outcome that was drawn for them. Immutable.
/// </summary>
internal sealed class GaussianProcess
{
    private const double SmallestVariance = 1e-14; // of the signal's: rounding must not make a variance negative
    private const int Block = 64; // points predicted at once, so that their covariances stay in the cache

    private static readonly double[] Jitters = [0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4]; // of the signal's variance

    private readonly Kernel _kernel;
    private readonly Hyperparameters _hyper;
    private readonly IReadOnlyList<int> _groups;
    private readonly double[][] _scaled; // for each input, x/ℓ of every observation
    private readonly double[] _factor; // L, row-major
    private readonly double _jitter;
    private readonly double[][] _whitened; // L⁻¹(y − m) of each outcome
    private readonly double[][] _weights; // K⁻¹(y − m) of each outcome

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
        (_kernel, _hyper, _groups) = (kernel, hyper, groups);
        Count = points.Count;
        _scaled = Scale(points);
        _factor = Factor(out _jitter);

        double[] ones = new double[Count];
        Array.Fill(ones, 1);
        Triangular.SolveLower(_factor, Count, ones);
        double[] whitened = values.ToArray();
        Triangular.SolveLower(_factor, Count, whitened);
        Mean = mean ?? (TensorPrimitives.Dot<double>(ones, whitened) / TensorPrimitives.SumOfSquares<double>(ones)); // (1ᵀK⁻¹y)/(1ᵀK⁻¹1)
        TensorPrimitives.MultiplyAdd(ones, -Mean, whitened, whitened);
        _whitened = [whitened];
        _weights = [Back(whitened)];
    }

    private GaussianProcess(GaussianProcess parent, IReadOnlyList<double[]> points, double[] factor, double[][] whitened)
    {
        (_kernel, _hyper, _groups, _jitter, Mean) = (parent._kernel, parent._hyper, parent._groups, parent._jitter, parent.Mean);
        Count = parent.Count + points.Count;
        double[][] added = Scale(points);
        _scaled = [.. parent._scaled.Zip(added, (known, more) => (double[])[.. known, .. more])];
        _factor = factor;
        _whitened = whitened;
        _weights = [.. whitened.Select(Back)];
    }

    /// <summary>How many observations it knows, pending ones included.</summary>
    public int Count { get; }

    /// <summary>How many inputs a point has.</summary>
    public int Inputs => _groups.Count;

    /// <summary>How many outcomes of the pending inputs it averages over; one without pending inputs.</summary>
    public int Outcomes => _weights.Length;

    /// <summary>The prior mean.</summary>
    public double Mean { get; }

    public Hyperparameters Hyperparameters => _hyper;

    public Kernel Kernel => _kernel;

    /// <summary>The lengthscale of an input.</summary>
    public double Lengthscale(int input) => _hyper.Lengthscales[_groups[input]];

    /// <summary>Adds observations without a new factorisation, the prior mean staying as it is.</summary>
    /// <param name="points">The inputs.</param>
    /// <param name="values">The outcomes, as many.</param>
    /// <returns>The process that knows them too, or null when rounding needs a new factorisation.</returns>
    public GaussianProcess? Append(IReadOnlyList<double[]> points, ReadOnlySpan<double> values)
    {
        if (Extend(points) is not { } factor)
        {
            return null;
        }

        int total = Count + points.Count;
        double[] whitened = new double[total];
        _whitened[0].CopyTo(whitened, 0);
        for (int i = Count; i < total; i++)
        {
            double residual = values[i - Count] - Mean;
            whitened[i] = (residual - TensorPrimitives.Dot<double>(factor.AsSpan(i * total, i), whitened.AsSpan(0, i))) / factor[(i * total) + i];
        }

        return new GaussianProcess(this, points, factor, [whitened]);
    }

    /// <summary>Adds pending inputs, whose outcomes are drawn from their joint posterior.</summary>
    /// <param name="points">The inputs.</param>
    /// <param name="normals">One row of standard normal numbers an outcome, one number a point.</param>
    /// <returns>The process over those outcomes, or null when rounding needs a new factorisation.</returns>
    public GaussianProcess? Fantasize(IReadOnlyList<double[]> points, IReadOnlyList<double[]> normals)
    {
        // The factor's new lower right block is that of the posterior covariance, so that an outcome's whitened residual is its normal draw.
        return Extend(points) is { } factor ? new GaussianProcess(this, points, factor, [.. normals.Select(z => (double[])[.. _whitened[0], .. z])]) : null;
    }

    /// <summary>Predicts one point, averaged over outcomes by weights that the caller gives once it knows the means.</summary>
    /// <param name="point">The inputs.</param>
    /// <param name="means">Receives the mean under every outcome.</param>
    /// <returns>What the rest of the prediction is computed from.</returns>
    public Prediction Predict(ReadOnlySpan<double> point, Span<double> means)
    {
        double[] covariances = new double[Count];
        double[] slopes = new double[Count];
        Relate(point, covariances, slopes);
        for (int s = 0; s < means.Length; s++)
        {
            means[s] = Mean + TensorPrimitives.Dot<double>(covariances, _weights[s]);
        }

        Triangular.SolveLower(_factor, Count, covariances);
        double variance = Floor(_hyper.SignalVariance - TensorPrimitives.SumOfSquares<double>(covariances));
        return new Prediction(variance, covariances, slopes);
    }

    /// <summary>Predicts one point under the first outcome.</summary>
    public (double Mean, double Variance) Predict(ReadOnlySpan<double> point)
    {
        Span<double> mean = stackalloc double[1];
        double variance = Predict(point, mean).Variance;
        return (mean[0], variance);
    }

    /// <summary>Computes a prediction's derivatives.</summary>
    /// <param name="point">The inputs that were predicted.</param>
    /// <param name="prediction">Their prediction, whose arrays are used up.</param>
    /// <param name="shares">The weight of every outcome in the mean; they need not add up to one.</param>
    /// <param name="meanGradient">Receives the derivatives of Σ share · mean.</param>
    /// <param name="varianceGradient">Receives the derivatives of the variance.</param>
    public void Differentiate(ReadOnlySpan<double> point, Prediction prediction, ReadOnlySpan<double> shares, Span<double> meanGradient, Span<double> varianceGradient)
    {
        double[] ofMean = new double[Count];
        for (int s = 0; s < shares.Length; s++)
        {
            TensorPrimitives.MultiplyAdd(_weights[s], shares[s], ofMean, ofMean);
        }

        TensorPrimitives.Multiply(ofMean, prediction.Slopes, ofMean);
        double[] ofVariance = prediction.Whitened;
        Triangular.SolveUpper(_factor, Count, ofVariance);
        TensorPrimitives.Multiply(ofVariance, prediction.Slopes, ofVariance);

        double[] differences = new double[Count];
        for (int i = 0; i < point.Length; i++)
        {
            double lengthscale = Lengthscale(i);
            TensorPrimitives.Subtract(point[i] / lengthscale, _scaled[i], differences);
            meanGradient[i] = 2 / lengthscale * TensorPrimitives.Dot<double>(ofMean, differences);
            varianceGradient[i] = -4 / lengthscale * TensorPrimitives.Dot<double>(ofVariance, differences);
        }
    }

    /// <summary>Predicts many points.</summary>
    /// <param name="points">The inputs.</param>
    /// <param name="means">Receives a row an outcome, a number a point.</param>
    /// <param name="variances">Receives a number a point; empty when only the means are wanted.</param>
    public void Predict(IReadOnlyList<double[]> points, double[][] means, Span<double> variances)
    {
        double[] covariances = new double[Count * Block];
        double[] column = new double[Count];
        double[] slopes = new double[Count];
        for (int start = 0; start < points.Count; start += Block)
        {
            int width = Math.Min(Block, points.Count - start);
            for (int p = 0; p < width; p++)
            {
                Relate(points[start + p], column, slopes);
                for (int s = 0; s < means.Length; s++)
                {
                    means[s][start + p] = Mean + TensorPrimitives.Dot<double>(column, _weights[s]);
                }

                for (int j = 0; j < Count; j++)
                {
                    covariances[(j * width) + p] = column[j];
                }
            }

            if (!variances.IsEmpty)
            {
                Triangular.SolveLowerMany(_factor, Count, covariances, width);
                Span<double> sums = variances.Slice(start, width);
                sums.Clear();
                for (int j = 0; j < Count; j++)
                {
                    ReadOnlySpan<double> row = covariances.AsSpan(j * width, width);
                    TensorPrimitives.MultiplyAdd(row, row, sums, sums);
                }

                for (int p = 0; p < width; p++)
                {
                    sums[p] = Floor(_hyper.SignalVariance - sums[p]);
                }
            }
        }
    }

    /// <summary>The residual of a path: K⁻¹(y − m − draws), with which a draw from the prior becomes one from the posterior.</summary>
    /// <param name="draws">At every observation a draw of the prior function plus one of the noise; used up.</param>
    public void Correct(Span<double> draws)
    {
        Triangular.SolveLower(_factor, Count, draws);
        TensorPrimitives.Subtract(_whitened[0], draws, draws);
        Triangular.SolveUpper(_factor, Count, draws);
    }

    /// <summary>The covariances of a point with every observation, and their slopes against the squared scaled distance.</summary>
    public void Relate(ReadOnlySpan<double> point, Span<double> covariances, Span<double> slopes)
    {
        Span<double> scaled = stackalloc double[point.Length];
        for (int i = 0; i < point.Length; i++)
        {
            scaled[i] = point[i] / Lengthscale(i);
        }

        Relate(_kernel, _hyper.SignalVariance, _scaled, scaled, covariances, slopes);
    }

    /// <summary>The covariances of a scaled point with the first of many scaled points, and their slopes against the squared distance.</summary>
    /// <param name="kernel">The covariance function.</param>
    /// <param name="signalVariance">Its variance.</param>
    /// <param name="scaled">For each input, a number a point.</param>
    /// <param name="point">A number an input.</param>
    /// <param name="covariances">Receives a number for as many points as it is long.</param>
    /// <param name="slopes">As long.</param>
    public static void Relate(Kernel kernel, double signalVariance, double[][] scaled, ReadOnlySpan<double> point, Span<double> covariances, Span<double> slopes)
    {
        int count = covariances.Length;
        double[] distances = new double[count];
        double[] differences = new double[count];
        for (int i = 0; i < point.Length; i++)
        {
            TensorPrimitives.Subtract(scaled[i].AsSpan(0, count), point[i], differences);
            TensorPrimitives.MultiplyAdd(differences, differences, distances, distances);
        }

        kernel.Evaluate(distances, covariances, slopes);
        TensorPrimitives.Multiply(covariances, signalVariance, covariances);
        TensorPrimitives.Multiply(slopes, signalVariance, slopes);
    }

    // The Cholesky factor of K + (noise + jitter) I, with the smallest jitter that rounding allows.
    private double[] Factor(out double jitter)
    {
        double[] covariance = new double[Count * Count];
        double[] slopes = new double[Count];
        for (int i = 0; i < Count; i++)
        {
            double[] point = [.. _scaled.Select(input => input[i])];
            Relate(_kernel, _hyper.SignalVariance, _scaled, point, covariance.AsSpan(i * Count, i + 1), slopes.AsSpan(0, i + 1));
        }

        foreach (double relative in Jitters)
        {
            jitter = relative * _hyper.SignalVariance;
            double[] factor = [.. covariance];
            for (int i = 0; i < Count; i++)
            {
                factor[(i * Count) + i] += _hyper.NoiseVariance + jitter;
            }

            if (Triangular.TryFactor(factor, Count))
            {
                return factor;
            }
        }

        throw new ArithmeticException($"A covariance of {Count} points is not positive definite even with a jitter of {Jitters[^1]} of its variance.");
    }

    // The factor of this process and further points, or null when a pivot vanishes.
    private double[]? Extend(IReadOnlyList<double[]> points)
    {
        int total = Count + points.Count;
        double[] factor = new double[total * total];
        for (int i = 0; i < Count; i++)
        {
            _factor.AsSpan(i * Count, i + 1).CopyTo(factor.AsSpan(i * total));
        }

        double[][] added = Scale(points);
        double[] slopes = new double[total];
        for (int k = 0; k < points.Count; k++)
        {
            // L21 = (L11⁻¹ K12)ᵀ, a row at a time.
            int i = Count + k;
            Span<double> row = factor.AsSpan(i * total, i + 1);
            Relate(points[k], row[..Count], slopes.AsSpan(0, Count));
            Triangular.SolveLower(_factor, Count, row[..Count]);
            for (int j = 0; j <= k; j++)
            {
                double distance = added.Sum(input => (input[k] - input[j]) * (input[k] - input[j]));
                _kernel.Evaluate([distance], row.Slice(Count + j, 1), slopes.AsSpan(0, 1));
                double covariance = _hyper.SignalVariance * row[Count + j];
                double rest = covariance - TensorPrimitives.Dot<double>(row[..(Count + j)], factor.AsSpan((Count + j) * total, Count + j));
                row[Count + j] = j < k ? rest / factor[((Count + j) * total) + Count + j] : rest + _hyper.NoiseVariance + _jitter;
            }

            if (!(row[i] > Jitters[1] * _hyper.SignalVariance))
            {
                return null;
            }

            row[i] = Math.Sqrt(row[i]);
        }

        return factor;
    }

    private double Floor(double variance) => Math.Max(variance, SmallestVariance * _hyper.SignalVariance);

    private double[][] Scale(IReadOnlyList<double[]> points) =>
        [.. Enumerable.Range(0, _groups.Count).Select(i => (double[])[.. points.Select(point => point[i] / Lengthscale(i))])];

    private double[] Back(double[] whitened)
    {
        double[] weights = [.. whitened];
        Triangular.SolveUpper(_factor, Count, weights);
        return weights;
    }
}
