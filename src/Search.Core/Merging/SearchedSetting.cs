namespace Search.Merging;

/// <summary>A setting that is a coefficient of the search.</summary>
/// <param name="Name">The coefficient's name: the setting's, or <c>expert/setting</c> where each expert has one.</param>
/// <param name="Setting">The setting's name.</param>
/// <param name="Range">Its bounds and start.</param>
public sealed record SearchedSetting(string Name, string Setting, Setting Range);
