namespace Search.Strategies.CmaEs;

/// <summary>
/// When a run can achieve no more: pycma's criteria with its tolerances, each under its own name. Objectives that take few values (an
/// accuracy over some hundred examples) tie without having converged, so equal values must persist before they count.
/// </summary>
internal sealed class StopCriteria
{
    private const int LongestHistory = 20_000;
    private readonly int _n;
    private readonly double _initialSigma;
    private readonly int _maximalGenerations;
    private readonly List<double> _bests = [];
    private readonly List<double> _medians = [];
    private readonly double[] _axis;
    private readonly double[] _lastMean;
    private int _flatGenerations;
    private int _stillGenerations;

    /// <summary>Starts to watch a run.</summary>
    /// <param name="start">Where the run starts.</param>
    public StopCriteria(RunStart start)
    {
        _n = start.Mean.Length;
        _initialSigma = start.Sigma;
        _maximalGenerations = start.MaximalGenerations;
        _axis = new double[_n];
        _lastMean = new double[_n];
        _lastMean.AsSpan().Fill(double.NaN);
    }

    /// <summary>Judges a run after a generation.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sorted">The generation's values, ascending; infinite for points that failed.</param>
    /// <returns>The criterion that is met and what it says, or null.</returns>
    public string? Check(EvolutionRun run, ReadOnlySpan<double> sorted)
    {
        int lambda = sorted.Length;
        if (double.IsFinite(sorted[0]))
        {
            _bests.Add(sorted[0]);
            _medians.Add(sorted[lambda / 2]);
        }

        if (_bests.Count > LongestHistory)
        {
            _bests.RemoveRange(0, LongestHistory / 10);
            _medians.RemoveRange(0, LongestHistory / 10);
        }

        int window = 10 + (int)Math.Ceiling(30.0 * _n / lambda);
        _flatGenerations = double.IsFinite(sorted[0]) && sorted[0] == sorted[(int)Math.Ceiling(0.75 * lambda) - 1] ? _flatGenerations + 1 : 0;
        return CheckValues(run, sorted, window) ?? CheckDeviations(run) ?? CheckMean(run) ?? CheckDuration(run, lambda);
    }

    private string? CheckValues(EvolutionRun run, ReadOnlySpan<double> sorted, int window)
    {
        if (_flatGenerations >= window)
        {
            return $"tolflatfitness: three quarters of a generation were equal {window} times in a row";
        }

        if (_bests.Count < window)
        {
            return null;
        }

        (double least, double greatest) = (double.PositiveInfinity, double.NegativeInfinity);
        for (int i = _bests.Count - window; i < _bests.Count; i++)
        {
            least = Math.Min(least, _bests[i]);
            greatest = Math.Max(greatest, _bests[i]);
        }

        double range = greatest - least;
        if (Math.Max(range, sorted[^1] - sorted[0]) < 1e-11)
        {
            return $"tolfun: the objective changed by less than 1e-11 in {window} generations";
        }

        return range < 1e-12 && !run.HadTies ? $"tolfunhist: the best objective changed by less than 1e-12 in {window} generations" : null;
    }

    private string? CheckDeviations(EvolutionRun run)
    {
        double widest = 0;
        for (int j = 0; j < _n; j++)
        {
            widest = Math.Max(widest, run.Deviation(j));
        }

        if (!double.IsFinite(widest) || !double.IsFinite(run.Sigma))
        {
            return "numbers: a standard deviation is no longer finite";
        }

        if (widest < 1e-11 * _initialSigma)
        {
            return "tolx: every standard deviation is below 1e-11 of the first step size";
        }

        if (widest > 1e3 * _initialSigma)
        {
            return "tolfacupx: a standard deviation is above 1000 times the first step size";
        }

        if (run.Sigma > 1e20 * _initialSigma)
        {
            return "tolupsigma: the step size is above 1e20 times the first";
        }

        return run.ConditionNumber > 1e14 ? "tolconditioncov: the covariance matrix's condition number is above 1e14" : null;
    }

    private string? CheckMean(EvolutionRun run)
    {
        double moved = 0;
        for (int j = 0; j < _n; j++)
        {
            moved = Math.Max(moved, Math.Abs(run.Mean[j] - _lastMean[j])); // NaN before the second generation
            _lastMean[j] = run.Mean[j];
        }

        _stillGenerations = moved < 1e-9 * _initialSigma ? _stillGenerations + 1 : 0;
        if (_stillGenerations > 20 + (0.1 * run.Generation))
        {
            return $"tolxstagnation: the mean moved by less than 1e-9 of the first step size {_stillGenerations} times in a row";
        }

        bool still = true;
        run.Axis(run.Generation, _axis);
        for (int j = 0; j < _n; j++)
        {
            still &= run.Mean[j] == run.Mean[j] + (0.1 * _axis[j]);
            if (run.Mean[j] == run.Mean[j] + (0.2 * run.Deviation(j)))
            {
                return $"noeffectcoord: a fifth of its standard deviation no longer changes number {j}";
            }
        }

        return still ? "noeffectaxis: a tenth of a principal axis no longer changes the mean" : null;
    }

    // Hansen 2016, appendix B.3: neither the best nor the median value got better from the first to the last three tenths of the history.
    private string? CheckDuration(EvolutionRun run, int lambda)
    {
        int history = (int)Math.Max(100 + (100 * Math.Pow(_n, 1.5) / lambda), 0.2 * run.Generation);
        if (_bests.Count >= history && run.Generation % Math.Max(1, history / 20) == 0 && !Improved(_bests, history) && !Improved(_medians, history))
        {
            return $"tolstagnation: neither the best nor the median objective got better in {history} generations";
        }

        return run.Generation >= Math.Min(_maximalGenerations, 100 + (150 * Math.Pow(_n + 3, 2) / Math.Sqrt(lambda))) ? $"maxiter: {run.Generation} generations" : null;
    }

    private static bool Improved(List<double> values, int history)
    {
        int count = Math.Max(1, (int)(0.3 * history));
        return Median(values.GetRange(values.Count - count, count)) < Median(values.GetRange(values.Count - history, count));
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
