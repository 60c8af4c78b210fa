namespace Search.Storage;

/// <summary>A run of a sweep and what sets it apart.</summary>
/// <param name="RunId">The run's name.</param>
/// <param name="Settings">Its settings, key to a line of YAML, in the sweep's order.</param>
public sealed record SweepRow(string RunId, IReadOnlyList<KeyValuePair<string, string>> Settings)
{
    /// <summary>A setting, or null where this run leaves it to the study.</summary>
    /// <param name="key">The key.</param>
    public string? Value(string key) => Settings.LastOrDefault(setting => setting.Key == key).Value;

    /// <summary>The keys that runs differ in, in the sweep's order.</summary>
    /// <param name="runs">The runs.</param>
    public static IReadOnlyList<string> VariedKeys(IReadOnlyCollection<SweepRow> runs) =>
        [.. runs.SelectMany(run => run.Settings).Select(setting => setting.Key).Distinct().Where(key => runs.DistinctBy(run => run.Value(key)).Count() > 1)];
}
