namespace Search.Merging;

/// <summary>The files that an operator's settings name.</summary>
/// <param name="All">The files, in the study's order.</param>
public sealed record SettingFiles(IReadOnlyList<SettingFile> All)
{
    /// <summary>No files.</summary>
    public static SettingFiles None { get; } = new([]);

    /// <inheritdoc/>
    public bool Equals(SettingFiles? other) => other is not null && All.SequenceEqual(other.All);

    /// <inheritdoc/>
    public override int GetHashCode() => All.Count;
}
