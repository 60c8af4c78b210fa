using Search.Evaluation;
using Search.Results;

namespace Search.Controller;

/// <summary>How well a label-free score orders trials by accuracy: the rank correlation of minus the score, so that 1 is a perfect guide.</summary>
/// <param name="Score">The score's name.</param>
/// <param name="Task">The task, or null for the mean over tasks.</param>
/// <param name="Spearman">Spearman's ρ.</param>
/// <param name="Kendall">Kendall's τ-b.</param>
public sealed record ScoreTrust(string Score, string? Task, Correlation Spearman, Correlation Kendall)
{
    /// <summary>Correlates scores with accuracy.</summary>
    /// <param name="trials">Each trial's row on search data, which has the scores, and on report data, which has the accuracy.</param>
    /// <param name="scores">The scores' names.</param>
    /// <param name="tasks">The tasks whose accuracy is known.</param>
    /// <param name="resamples">Bootstrap resamples.</param>
    /// <param name="seed">Decides them.</param>
    /// <returns>Score by score: the mean over tasks, then each task.</returns>
    public static IReadOnlyList<ScoreTrust> Of(
        IReadOnlyList<(Trial Search, Trial Report)> trials, IReadOnlyList<string> scores, IReadOnlyList<string> tasks, int resamples, long seed)
    {
        ScoreTrust Correlate(string score, string? task, IReadOnlyList<string> over)
        {
            double[] guide = [.. trials.Select(trial => -over.Average(each => trial.Search.Scores[$"{each}/{score}"]))];
            double[] accuracy = [.. trials.Select(trial => over.Average(each => trial.Report.Scores[$"{each}/{PredictionScores.Accuracy}"]))];
            return new ScoreTrust(
                score,
                task,
                RankCorrelation.Bootstrap(RankCorrelation.Spearman, guide, accuracy, resamples, seed),
                RankCorrelation.Bootstrap(RankCorrelation.Kendall, guide, accuracy, resamples, seed));
        }

        return [.. scores.SelectMany(score => tasks.Select(task => Correlate(score, task, [task])).Prepend(Correlate(score, null, tasks)))];
    }

    /// <summary>Chooses searched candidates and merges with one λ, spread evenly over the range of the first objective.</summary>
    /// <param name="trials">A ledger's trials.</param>
    /// <param name="count">How many to choose at most, at least 2.</param>
    /// <returns>Their rows on search data, in the order of their numbers.</returns>
    public static IReadOnlyList<Trial> Choose(IEnumerable<Trial> trials, int count)
    {
        Dictionary<long, Trial> pool = trials.Where(trial => trial is { Role: DataRole.Search, State: TrialState.Complete }
            && (trial.Strategy != Reference.Strategy || trial.Label!.StartsWith(Reference.LambdaPrefix, StringComparison.Ordinal))).ToDictionary(trial => trial.Id);
        return [.. Choose(pool.Values.Select(trial => (trial.Id, trial.Objectives[0])), count).Select(id => pool[id])];
    }

    /// <summary>Chooses trials spread evenly over the range of an objective.</summary>
    /// <param name="trials">Their numbers, each once, and the objective.</param>
    /// <param name="count">How many to choose at most, at least 2.</param>
    /// <returns>The numbers chosen, ascending.</returns>
    public static IReadOnlyList<long> Choose(IEnumerable<(long Id, double Objective)> trials, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        List<(long Id, double Objective)> pool = [.. trials.OrderBy(trial => trial.Id)];
        if (pool.Count <= count)
        {
            return [.. pool.Select(trial => trial.Id)];
        }

        double least = pool.Min(trial => trial.Objective);
        double step = (pool.Max(trial => trial.Objective) - least) / (count - 1);
        var chosen = new List<long>();
        for (int i = 0; i < count; i++)
        {
            (long Id, double Objective) nearest = pool.MinBy(trial => Math.Abs(trial.Objective - (least + (i * step))));
            chosen.Add(nearest.Id);
            pool.Remove(nearest);
        }

        return [.. chosen.Order()];
    }
}
