namespace Search.Strategies.Bayesian;

/// <summary>
/// A Gaussian process that follows growing data: outcomes are standardised and its numbers fitted anew while the data are few, less and
/// less often as they grow; in between it is extended only, so that most updates cost O(n²).
/// </summary>
/// <param name="kernel">The covariance function.</param>
/// <param name="prior">The prior of its numbers.</param>
/// <param name="groups">For every input, the index of its lengthscale.</param>
internal sealed class SurrogateModel(Kernel kernel, HyperPrior prior, IReadOnlyList<int> groups)
{
    private const int AlwaysFitted = 60; // points up to which every update fits
    private const double Tolerance = 1e-4;
    private const double SmallestLengthscale = 0.01;
    private const double LargestLengthscale = 200;
    private const double SmallestSignal = 0.01;
    private const double LargestSignal = 100;
    private const double SmallestNoise = 1e-8;
    private const double LargestNoise = 1;

    private readonly List<double[]> _points = [];
    private readonly List<double> _values = [];
    private double[]? _logarithms;
    private GaussianProcess? _process;
    private double _offset;
    private double _scale = 1;
    private int _nextFit;

    /// <summary>The process after the last update, in standardised outcomes.</summary>
    public GaussianProcess Process => _process ?? throw new InvalidOperationException("A surrogate model predicts only after its first update.");

    /// <summary>Whether it has data.</summary>
    public bool IsReady => _process is not null;

    /// <summary>Takes all data.</summary>
    /// <param name="points">The inputs.</param>
    /// <param name="values">The outcomes, as many; at least one.</param>
    public void Update(IReadOnlyList<double[]> points, IReadOnlyList<double> values)
    {
        bool isExtension = points.Count >= _points.Count && _points.Index().All(known => ReferenceEquals(known.Item, points[known.Index]) && _values[known.Index] == values[known.Index]);
        if (isExtension && points.Count == _points.Count)
        {
            return;
        }

        int count = _points.Count;
        _points.Clear();
        _points.AddRange(points);
        _values.Clear();
        _values.AddRange(values);
        if (points.Count >= _nextFit)
        {
            Fit();
        }
        else if (!isExtension || !Process.TryAppend(_points[count..], Standardised().AsSpan(count)))
        {
            _process = new GaussianProcess(kernel, Hyperparameters.FromLogarithms(_logarithms), groups, _points, Standardised());
        }
    }

    /// <summary>The objective's unit from a standardised outcome.</summary>
    public double Restore(double standardised) => _offset + (_scale * standardised);

    private void Fit()
    {
        int n = _points.Count;
        _nextFit = n < AlwaysFitted ? n + 1 : n + (n / 20);
        _offset = _values.Average();
        _scale = Math.Sqrt(_values.Average(value => (value - _offset) * (value - _offset)));
        _scale = _scale > 1e-12 * Math.Abs(_offset) && _scale > 0 ? _scale : 1; // all outcomes alike
        double[] values = Standardised();

        int lengthscales = groups.Max() + 1;
        double[] lower = [.. Enumerable.Repeat(Math.Log(SmallestLengthscale), lengthscales), Math.Log(SmallestSignal), Math.Log(SmallestNoise)];
        double[] upper = [.. Enumerable.Repeat(Math.Log(LargestLengthscale), lengthscales), Math.Log(LargestSignal), Math.Log(LargestNoise)];
        var likelihood = new MarginalLikelihood(kernel, prior, groups, _points, values);
        int evaluations = Math.Clamp((int)(60 * Math.Pow(120.0 / n, 1.5)), 8, 60);
        double best = double.PositiveInfinity;
        double[] fitted = prior.Start(lengthscales);
        foreach (double[] start in Starts(lengthscales, n))
        {
            double reached = BoundedMinimizer.Minimize(likelihood.Evaluate, start, lower, upper, evaluations, Tolerance);
            if (reached < best)
            {
                (best, fitted) = (reached, start);
            }
        }

        _logarithms = fitted;
        _process = new GaussianProcess(kernel, Hyperparameters.FromLogarithms(fitted), groups, _points, values);
    }

    // Where the last fit ended, and the prior's own start while that is cheap or there is nothing else.
    private IEnumerable<double[]> Starts(int lengthscales, int n)
    {
        if (_logarithms is not null)
        {
            yield return [.. _logarithms];
        }

        if (_logarithms is null || n <= 2 * AlwaysFitted)
        {
            yield return prior.Start(lengthscales);
        }
    }

    private double[] Standardised() => [.. _values.Select(value => (value - _offset) / _scale)];
}
