using Search.Controller;
using Search.Results;

namespace Search.Cli.Reports;

/// <summary>Trials as a report carries them: a list a column, repeated texts once.</summary>
internal static class ReportTrials
{
    /// <summary>Everything about trials on search data but their coefficients.</summary>
    /// <param name="rows">The rows, in the order of their numbers.</param>
    /// <param name="origin">When the run's first trial began.</param>
    /// <param name="compared">The numbers of those whose scores can be compared.</param>
    public static object Full(IReadOnlyList<Trial> rows, DateTimeOffset origin, IReadOnlySet<long> compared) => new
    {
        Id = rows.Select(trial => trial.Id),
        Parent = rows.Select(trial => trial.Parent),
        Strategy = Coded(rows, trial => trial.Strategy),
        Label = Coded(rows, trial => trial.Label),
        State = Coded(rows, trial => trial.State.ToString().ToLowerInvariant()),
        Reason = Coded(rows, trial => trial.Reason),
        Generation = rows.Select(trial => trial.Generation),
        Compared = rows.Select(trial => compared.Contains(trial.Id) ? 1 : 0),
        Examples = rows.Any(trial => StudySummary.Examples(trial) is not null) ? rows.Select(StudySummary.Examples) : null,
        Start = rows.Select(trial => Math.Round((trial.StartedAt - origin).TotalMilliseconds)),
        Merge = rows.Select(trial => trial.MergeMs),
        Forward = rows.Select(trial => trial.ForwardMs),
        Backward = rows.Select(trial => trial.BackwardMs),
        Objective = rows.Select(trial => trial.ObjectiveMs),
        Objectives = Objectives(rows),
        Scores = Scores(rows),
    };

    /// <summary>What trials scored on other data.</summary>
    /// <param name="rows">The rows, in the order of their numbers.</param>
    public static object Scored(IReadOnlyList<Trial> rows) => new { Id = rows.Select(trial => trial.Id), Objectives = Objectives(rows), Scores = Scores(rows) };

    private static IEnumerable<IEnumerable<double?>> Objectives(IReadOnlyList<Trial> rows) =>
        Enumerable.Range(0, rows.Max(trial => (int?)trial.Objectives.Count) ?? 0).Select(i => rows.Select(trial => i < trial.Objectives.Count ? trial.Objectives[i] : (double?)null));

    private static Dictionary<string, IEnumerable<double?>> Scores(IReadOnlyList<Trial> rows) => rows
        .SelectMany(trial => trial.Scores.Keys).Distinct().Order(StringComparer.Ordinal)
        .ToDictionary(name => name, name => rows.Select(trial => trial.Scores.TryGetValue(name, out double value) ? value : (double?)null));

    private static object Coded(IReadOnlyList<Trial> rows, Func<Trial, string?> text)
    {
        string[] names = [.. rows.Select(text).OfType<string>().Distinct()];
        Dictionary<string, int> codes = names.Index().ToDictionary(name => name.Item, name => name.Index);
        return new { Names = names, At = rows.Select(trial => text(trial) is { } name ? codes[name] : -1) };
    }
}
