namespace Search.Merging;

/// <summary>A file that an operator's settings name: an input of a run as the checkpoints are.</summary>
/// <param name="Key">The setting.</param>
/// <param name="Expert">Whom of the setting's entries it is about, or null where the setting is one file.</param>
/// <param name="Path">The file, absolute.</param>
public sealed record SettingFile(string Key, string? Expert, string Path);
