using Search.Results;

namespace Search.Cli.Reports;

/// <summary>Where a run's time went, over the rows of all data, in milliseconds.</summary>
/// <param name="Merge">Merging.</param>
/// <param name="Forward">Forward passes.</param>
/// <param name="Backward">Backward passes.</param>
/// <param name="Objective">Turning logits into scores.</param>
/// <param name="Rest">Between the first trial and the end of the last, all that is neither a part of a trial nor a pause: the strategy, the ledger, the engine's first pass.</param>
/// <param name="Paused">Times of more than a minute without a trial: the run was stopped, or its machine was.</param>
/// <param name="Elapsed">From the first trial to the end of the last, without pauses; less than the parts where trials run side by side.</param>
internal sealed record RunTimes(double Merge, double Forward, double Backward, double Objective, double Rest, double Paused, double Elapsed)
{
    private const double LeastPause = 60_000;

    /// <summary>Adds a ledger up.</summary>
    /// <param name="trials">The rows of every role; at least one.</param>
    public static RunTimes Of(IEnumerable<Trial> trials)
    {
        Trial[] rows = [.. trials.OrderBy(trial => trial.StartedAt)];
        double end = 0; // of the trials so far, of which some may have run side by side
        double paused = 0;
        foreach (Trial row in rows)
        {
            double start = (row.StartedAt - rows[0].StartedAt).TotalMilliseconds;
            paused += start - end > LeastPause ? start - end : 0;
            end = Math.Max(end, start + row.TotalMs);
        }

        double elapsed = end - paused;
        return new RunTimes(
            rows.Sum(row => row.MergeMs), rows.Sum(row => row.ForwardMs), rows.Sum(row => row.BackwardMs), rows.Sum(row => row.ObjectiveMs),
            Math.Max(0, elapsed - rows.Sum(row => row.TotalMs)), paused, elapsed);
    }
}
