using System.Numerics.Tensors;
using Search.LinearAlgebra;

namespace Search.Strategies.ResponseSurface;

/// <summary>
/// A smooth function through scattered, unreliable values: a Gaussian process with one Gaussian kernel, a constant mean and noise (Rasmussen
/// and Williams 2006, chapter 2). Its width has a floor, so that what changes within a fraction of the widths it may have is taken for noise.
/// </summary>
internal sealed class SmoothSurface
{
    private const int NoiseLevels = 14;
    private const int CheapCount = 100;
    private const double LeastNoise = 1e-6; // variance, in units of the signal's; levels are half decades apart

    private readonly double[] _widths;
    private readonly Cholesky _factor = new();
    private int _width;
    private int _noise = 9; // 0.03: what a hundred examples a task give
    private double[][] _points = [];
    private double[] _weights = [];
    private double _mean;

    /// <summary>Sets which widths the kernel may have.</summary>
    /// <param name="shortest">The floor.</param>
    /// <param name="longest">The ceiling.</param>
    public SmoothSurface(double shortest, double longest)
    {
        _widths = [.. Enumerable.Range(0, 1 + (int)Math.Max(0, Math.Floor(2 * Math.Log2(longest / shortest)))).Select(k => shortest * Math.Pow(2, k / 2.0))];
        _width = _widths.Length / 2;
    }

    /// <summary>The standard deviation of what the surface takes for noise, in units of the values.</summary>
    public double Noise { get; private set; }

    /// <summary>The kernel's width, in units of the points.</summary>
    public double Width => _widths[_width];

    /// <summary>Fits the surface: width and noise by marginal likelihood on a grid, all of it while that is cheap, then uphill from those of the last fit.</summary>
    /// <param name="points">At least two points, as many numbers each.</param>
    /// <param name="values">A value a point.</param>
    public void Fit(double[][] points, double[] values)
    {
        _points = points;
        double[] distances = Distances(points);
        var known = new Dictionary<(int Width, int Noise), double>();
        double Likelihood(int width, int noise)
        {
            if (width < 0 || width >= _widths.Length || noise is < 0 or >= NoiseLevels)
            {
                return double.NegativeInfinity;
            }

            if (!known.TryGetValue((width, noise), out double value))
            {
                known[(width, noise)] = value = Solve(distances, values, width, noise);
            }

            return value;
        }

        if (values.Length <= CheapCount)
        {
            (_width, _noise) = Enumerable.Range(0, _widths.Length * NoiseLevels)
                .Select(place => (place / NoiseLevels, place % NoiseLevels)).MaxBy(place => Likelihood(place.Item1, place.Item2));
        }

        while (true)
        {
            (int Width, int Noise) here = (_width, _noise);
            (int, int)[] around = [here, (_width - 1, _noise), (_width + 1, _noise), (_width, _noise - 1), (_width, _noise + 1)];
            (_width, _noise) = around.MaxBy(place => Likelihood(place.Item1, place.Item2));
            if ((_width, _noise) == here)
            {
                break;
            }
        }

        Solve(distances, values, _width, _noise);
    }

    /// <summary>The surface's height and slope.</summary>
    /// <param name="point">Where.</param>
    /// <param name="gradient">Receives the derivatives.</param>
    public double Height(ReadOnlySpan<double> point, Span<double> gradient)
    {
        double height = _mean;
        double inverse = 1 / (Width * Width);
        double[] difference = new double[point.Length];
        gradient.Clear();
        for (int i = 0; i < _points.Length; i++)
        {
            TensorPrimitives.Subtract(_points[i], point, difference);
            double term = _weights[i] * Math.Exp(-0.5 * inverse * TensorPrimitives.SumOfSquares<double>(difference));
            height += term;
            TensorPrimitives.MultiplyAdd(difference, term * inverse, gradient, gradient);
        }

        return height;
    }

    private static double[] Distances(double[][] points)
    {
        int n = points.Length;
        double[] distances = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double distance = TensorPrimitives.Distance<double>(points[i], points[j]);
                distances[(i * n) + j] = distance * distance;
            }
        }

        return distances;
    }

    // Rasmussen and Williams 2006, eqs. 2.30 and 2.43–2.45 with the constant mean at its generalised least squares value and the signal's
    // variance at its maximum likelihood value; returns the logarithm of the likelihood up to a constant.
    private double Solve(double[] distances, double[] values, int width, int noise)
    {
        int n = values.Length;
        double ratio = LeastNoise * Math.Pow(10, noise / 2.0);
        double[] covariance = new double[n * n];
        double scale = -0.5 / (_widths[width] * _widths[width]);
        for (int i = 0; i < n; i++)
        {
            Span<double> row = covariance.AsSpan(i * n, i + 1);
            TensorPrimitives.Multiply(distances.AsSpan(i * n, i + 1), scale, row);
            TensorPrimitives.Exp(row, row);
            row[i] = 1 + ratio;
        }

        if (!_factor.TryFactor(covariance, n))
        {
            return double.NegativeInfinity;
        }

        double[] sides = [.. Enumerable.Repeat(1.0, n), .. values];
        _factor.SolveLower(sides);
        Span<double> one = sides.AsSpan(0, n);
        Span<double> rest = sides.AsSpan(n, n);
        _mean = TensorPrimitives.Dot<double>(one, rest) / TensorPrimitives.SumOfSquares<double>(one);
        TensorPrimitives.MultiplyAdd(one, -_mean, rest, rest);
        double variance = Math.Max(TensorPrimitives.SumOfSquares<double>(rest) / n, double.Epsilon);
        Noise = Math.Sqrt(ratio * variance);
        _factor.SolveUpper(rest);
        _weights = rest.ToArray();
        return -0.5 * ((n * Math.Log(variance)) + _factor.LogDeterminant);
    }
}
