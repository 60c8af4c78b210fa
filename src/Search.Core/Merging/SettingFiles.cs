using Search.Checkpoints;

namespace Search.Merging;

/// <summary>The files that an operator's settings name.</summary>
/// <param name="All">The files, in the study's order.</param>
public sealed record SettingFiles(IReadOnlyList<SettingFile> All)
{
    /// <summary>No files.</summary>
    public static SettingFiles None { get; } = new([]);

    /// <summary>Opens the files about the experts.</summary>
    /// <param name="merge">The operator whose settings name them.</param>
    /// <param name="family">The models, which keep the files open.</param>
    /// <param name="key">The setting.</param>
    /// <returns>One an expert, in their order.</returns>
    /// <exception cref="MergeException">An expert has no file, or there is one about another.</exception>
    internal Checkpoint[] OfExperts(string merge, ModelFamily family, string key)
    {
        Dictionary<string, string> paths = All.Where(file => file.Key == key).ToDictionary(file => file.Expert!, file => file.Path);
        IEnumerable<string> experts = family.Experts.Select(expert => expert.Key);
        if (paths.Keys.Except(experts).FirstOrDefault() is { } unknown)
        {
            throw new MergeException($"{merge}: 'settings.{key}' names '{unknown}', which is no expert{NearestName.Hint(unknown, experts)}.");
        }

        return [.. experts.Select(expert => paths.TryGetValue(expert, out string? path)
            ? family.OpenStatistics(path)
            : throw new MergeException($"{merge}: 'settings.{key}' needs a file for every expert and has none for {expert}."))];
    }

    /// <inheritdoc/>
    public bool Equals(SettingFiles? other) => other is not null && All.SequenceEqual(other.All);

    /// <inheritdoc/>
    public override int GetHashCode() => All.Count;
}
