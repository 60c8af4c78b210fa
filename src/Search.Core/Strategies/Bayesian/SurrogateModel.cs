namespace Search.Strategies.Bayesian;

/// <summary>
/// A Gaussian process that follows growing data: its numbers and the transform of its outcomes are fitted anew at every update while the
/// data are few, less and less often as they grow; in between it is extended only, so that most updates cost O(n²).
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
    private const double SmallestNoise = 1e-10;
    private const double LargestNoise = 1;
    private const int Exponents = 10; // on either side of 0

    private readonly List<double[]> _points = [];
    private readonly List<double> _values = [];
    private double[]? _logarithms;
    private GaussianProcess? _process;
    private OutcomeTransform _transform = new([0], 1);
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
        else if (_process is null || !isExtension || !_process.TryAppend(_points[count..], _transform.Apply(_values[count..])))
        {
            _process = new GaussianProcess(kernel, Hyperparameters.FromLogarithms(_logarithms), groups, _points, _transform.Apply(_values));
        }
    }

    /// <summary>The process of given data with the numbers of the last fit, changing nothing; fitted to the data when there was none.</summary>
    /// <param name="points">The inputs.</param>
    /// <param name="values">The outcomes, as many; at least one.</param>
    /// <returns>The process and what its outcomes are.</returns>
    public (GaussianProcess Process, OutcomeTransform Transform) Peek(IReadOnlyList<double[]> points, IReadOnlyList<double> values)
    {
        var model = new SurrogateModel(kernel, prior, groups);
        if (_logarithms is not null)
        {
            (model._logarithms, model._transform, model._nextFit) = (_logarithms, _transform, int.MaxValue);
        }

        model.Update(points, values);
        return (model.Process, model._transform);
    }

    private void Fit()
    {
        int n = _points.Count;
        _nextFit = n < AlwaysFitted ? n + 1 : n + (n / 20);
        int lengthscales = groups.Max() + 1;
        _transform = ChooseTransform(Hyperparameters.FromLogarithms(_logarithms ?? prior.Start(lengthscales)));
        double[] values = _transform.Apply(_values);

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

    // The transform under which the process with these numbers, its scale aside, finds the outcomes most likely (Snelson et al. 2004).
    private OutcomeTransform ChooseTransform(Hyperparameters hyper)
    {
        int n = _points.Count;
        var process = new GaussianProcess(kernel, hyper, groups, _points, new double[n]);
        return Enumerable.Range(-Exponents, (2 * Exponents) + 1)
            .Select(step => new OutcomeTransform(_values, (double)step / Exponents))
            .MaxBy(transform => transform.LogJacobian(_values) - (n / 2.0 * Math.Log(process.SquaredLength(transform.Apply(_values)) + double.Epsilon)))!;
    }
}
