using Search.Results.Fronts;

namespace Search.Benchmarks;

/// <summary>What one run that looks for a front writes down: shares of the true front's hypervolume.</summary>
/// <param name="problem">The problem; it has a front.</param>
/// <param name="strategy">The strategy's label.</param>
internal sealed class FrontRecord(BenchmarkProblem problem, string strategy)
{
    private readonly FrontProblem _front = problem.Front!;
    private readonly List<(double[] Measured, double[] True)> _trials = [];
    private readonly List<BenchmarkRow> _rows = [];
    private int _checkpoint;

    /// <summary>Whether the budget is spent.</summary>
    public bool IsOver => _trials.Count >= problem.Budget;

    /// <summary>Adds an evaluation.</summary>
    /// <returns>What was measured.</returns>
    public double[] Add(IReadOnlyList<double> point, double[] measured)
    {
        _trials.Add((measured, ReferenceEquals(_front.True, _front.Objectives) ? measured : _front.True(point)));
        return measured;
    }

    /// <summary>How many evaluations are left until something is measured; positive.</summary>
    public long Left => (_checkpoint < problem.Checkpoints.Count ? problem.Checkpoints[_checkpoint] : problem.Budget) - _trials.Count;

    /// <summary>Measures where a checkpoint is reached: the returned front, which is what the strategy recommends or, without that, the front by what was measured; all trials; and the population where there is one.</summary>
    /// <param name="recommended">The coefficients that the strategy recommends.</param>
    /// <param name="population">The measured objectives of those that live, or null.</param>
    public void See(Func<IReadOnlyList<IReadOnlyList<double>>> recommended, IReadOnlyList<double[]>? population)
    {
        if (_checkpoint == problem.Checkpoints.Count || _trials.Count < problem.Checkpoints[_checkpoint])
        {
            return;
        }

        long at = problem.Checkpoints[_checkpoint++];
        IReadOnlyList<IReadOnlyList<double>> front = recommended();
        Write("front_share_after", at, front.Count > 0 ? front.Select(point => _front.True(point)) : Dominance.Front([.. _trials.Select(trial => trial.Measured)]).Select(index => _trials[index].True));
        if (!ReferenceEquals(_front.True, _front.Objectives))
        {
            Write("archive_share_after", at, _trials.Select(trial => trial.True));
        }

        if (population is not null)
        {
            Write("population_share_after", at, population);
        }
    }

    /// <summary>Ends the run.</summary>
    /// <param name="elapsed">How long it took.</param>
    /// <returns>The rows.</returns>
    public List<BenchmarkRow> Finish(TimeSpan elapsed) => [.. _rows, Row("evaluations", null, _trials.Count), Row("seconds", null, elapsed.TotalSeconds)];

    private void Write(string metric, double at, IEnumerable<double[]> points) => _rows.Add(Row(metric, at, Hypervolume.Of([.. points], _front.Reference) / _front.Volume.Value));

    private BenchmarkRow Row(string metric, double? at, double value) => new(problem.Suite, strategy, problem.Name, problem.Space.Dimension, problem.Run, metric, at, value);
}
