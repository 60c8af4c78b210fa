namespace Search.Merging.Sparsifiers;

/// <summary>Keeps some elements of each task vector and drops the others: τ → m ⊙ τ · r.</summary>
public abstract record Sparsifier
{
    /// <summary>The numbers that a study may search, in the order in which <see cref="Tabulate"/>'s result wants them.</summary>
    public virtual IReadOnlyList<(string Name, Setting Setting)> Searchable => [];

    /// <summary>Whether one of them is searched.</summary>
    public bool IsSearched => Searchable.Any(one => one.Setting.IsSearched);

    /// <summary>The files that the settings name, beside <see cref="Entries"/>.</summary>
    public virtual SettingFiles Files => SettingFiles.None;

    /// <summary>Looks at the task vectors where what is kept depends on more than one tensor; for settings that are given.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <returns>What sparsifies one vector's part in one tensor, in place; safe to use from several threads.</returns>
    public abstract Sparsify Open(TaskVectors vectors);

    /// <summary>Looks at the task vectors once, so that candidates may have any settings without sorting again.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <returns>What makes the filter of one vector's part in one tensor from the searchable numbers.</returns>
    internal virtual FilterTable Tabulate(TaskVectors vectors) => throw new NotSupportedException($"{GetType().Name} has nothing to search.");

    /// <summary>The settings as a study writes them.</summary>
    public abstract IEnumerable<(string Key, object? Value)> Entries();
}
