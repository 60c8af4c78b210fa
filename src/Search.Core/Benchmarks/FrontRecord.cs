using Search.Results.Fronts;

namespace Search.Benchmarks;

/// <summary>What one run that looks for a front writes down: shares of the true front's hypervolume.</summary>
/// <param name="problem">The problem; it has a front.</param>
/// <param name="strategy">The strategy's label.</param>
internal sealed class FrontRecord(BenchmarkProblem problem, string strategy)
{
    private readonly FrontProblem _front = problem.Front!;
    private readonly List<(double[] Measured, double[] True)> _trials = [];

    /// <summary>Whether the budget is spent.</summary>
    public bool IsOver => _trials.Count >= problem.Budget;

    /// <summary>Adds an evaluation.</summary>
    /// <returns>What was measured.</returns>
    public double[] Add(IReadOnlyList<double> point, double[] measured)
    {
        _trials.Add((measured, ReferenceEquals(_front.True, _front.Objectives) ? measured : _front.True(point)));
        return measured;
    }

    /// <summary>Ends the run.</summary>
    /// <param name="elapsed">How long it took.</param>
    /// <returns>The rows: of the front by what was measured, and of all trials; of the last trials alone where a population is known.</returns>
    public List<BenchmarkRow> Finish(TimeSpan elapsed)
    {
        var rows = new List<BenchmarkRow>();
        void Write(string metric, double? at, double value) => rows.Add(new BenchmarkRow(problem.Suite, strategy, problem.Name, problem.Space.Dimension, problem.Run, metric, at, value));
        double Share(IEnumerable<double[]> points) => Hypervolume.Of([.. points], _front.Reference) / _front.Volume.Value;
        foreach (long checkpoint in problem.Checkpoints)
        {
            (double[] Measured, double[] True)[] seen = [.. _trials.Take((int)checkpoint)];
            Write("front_share_after", checkpoint, Share(Dominance.Front([.. seen.Select(trial => trial.Measured)]).Select(index => seen[index].True)));
            if (!ReferenceEquals(_front.True, _front.Objectives))
            {
                Write("archive_share_after", checkpoint, Share(seen.Select(trial => trial.True)));
            }
        }

        Write("evaluations", null, _trials.Count);
        Write("seconds", null, elapsed.TotalSeconds);
        return rows;
    }
}
