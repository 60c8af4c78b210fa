using Search.Strategies;

namespace Search.Benchmarks;

/// <summary>What one run writes down.</summary>
/// <param name="problem">The problem.</param>
/// <param name="strategy">The strategy's label.</param>
internal sealed class BenchmarkRecord(BenchmarkProblem problem, string strategy)
{
    private readonly List<long> _hits = [];
    private readonly List<double> _checkpoints = [];
    private IReadOnlyList<double> _bestPoint = [];
    private double _best = double.PositiveInfinity;
    private long _evaluations;

    /// <summary>Whether the budget is spent or the last target reached.</summary>
    public bool IsOver => _evaluations >= problem.Budget || (problem.StopsAtLastTarget && _hits.Count == problem.Targets.Count);

    /// <summary>Adds an evaluation.</summary>
    /// <returns>The value.</returns>
    public double[] Add(IReadOnlyList<double> point, double value)
    {
        _evaluations++;
        // What a generation evaluates beyond the budget counts for the strategy, not for the record.
        if (value < _best && _evaluations <= problem.Budget)
        {
            (_best, _bestPoint) = (value, point);
            while (_hits.Count < problem.Targets.Count && value <= problem.Targets[_hits.Count])
            {
                _hits.Add(_evaluations);
            }
        }

        while (_checkpoints.Count < problem.Checkpoints.Count && _evaluations >= problem.Checkpoints[_checkpoints.Count])
        {
            _checkpoints.Add(problem.TrueGap?.Invoke(_bestPoint) ?? _best);
        }

        return [value];
    }

    /// <summary>Ends the run.</summary>
    /// <param name="recommendation">The point that the strategy believes in.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <returns>The rows.</returns>
    public List<BenchmarkRow> Finish(Recommendation? recommendation, TimeSpan elapsed)
    {
        var rows = new List<BenchmarkRow>();
        void Write(string metric, double? at, double? value) =>
            rows.Add(new BenchmarkRow(problem.Suite, strategy, problem.Name, problem.Space.Dimension, problem.Run, metric, at, value is { } number && double.IsFinite(number) ? number : null));

        for (int i = 0; i < problem.Targets.Count; i++)
        {
            Write("evaluations_to", problem.Targets[i], i < _hits.Count ? _hits[i] : null);
        }

        // A run that ended before a checkpoint stands there as it ended.
        double last = problem.TrueGap is { } gap && _bestPoint.Count > 0 ? gap(_bestPoint) : _best;
        foreach ((int i, long checkpoint) in problem.Checkpoints.Index())
        {
            double at = (double)checkpoint / problem.CheckpointUnit;
            Write(problem.CheckpointMetric, at, i < _checkpoints.Count ? _checkpoints[i] : last);
            if (problem.Suite == BenchmarkSuite.Bbob)
            {
                Write("targets_after_n", at, (double)_hits.Count(hit => hit <= checkpoint) / problem.Targets.Count);
            }
        }

        if (problem.TrueGap is { } trueGap && _bestPoint.Count > 0)
        {
            Write("gap_of_recommended_after", problem.Budget, trueGap(recommendation?.Coefficients ?? _bestPoint));
            Write("optimism_after", problem.Budget, problem.Optimism!(_bestPoint));
        }

        Write("best", null, _best);
        Write("evaluations", null, _evaluations);
        Write("seconds", null, elapsed.TotalSeconds);
        return rows;
    }
}
