namespace Search.Merging;

/// <summary>A merge function with its settings, as studies and recipes name it.</summary>
/// <param name="Name">The name.</param>
public abstract record MergeOperator(string Name)
{
    /// <summary>The coefficients' bounds unless a study says others.</summary>
    public virtual (double Lower, double Upper) Bounds => (-0.5, 1.5);

    /// <summary>Where a search starts unless a study says otherwise.</summary>
    public virtual double Initial => 0.3;

    /// <summary>Whether it makes a model for each expert's tasks instead of one for all.</summary>
    public virtual bool IsPerTask => false;

    /// <summary>Whether the coefficients of a group of tensors are divided by their sum, so that only their shares matter.</summary>
    public virtual bool DividesBySum => false;

    /// <summary>Whether it weighs the task vectors as they are, so that they are best kept in memory.</summary>
    public virtual bool IsDirect => false;

    /// <summary>The settings that are searched beside the coefficients.</summary>
    /// <param name="experts">The experts' names.</param>
    public virtual IReadOnlyList<SearchedSetting> Settings(IReadOnlyList<string> experts) => [];

    /// <summary>The files that the settings name, beside <see cref="Entries"/>.</summary>
    public virtual SettingFiles Files => SettingFiles.None;

    /// <summary>What has a coefficient in each group of tensors: the experts, unless preparation makes fewer vectors of theirs.</summary>
    /// <param name="experts">The experts' names.</param>
    public virtual IReadOnlyList<string> Columns(IReadOnlyList<string> experts) => experts;

    /// <summary>Does what no coefficient changes.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <exception cref="MergeException">The models are not ones that it can merge.</exception>
    public abstract PreparedMerge Prepare(TaskVectors vectors);

    /// <summary>What the vectors are called that preparation leaves, where they are all that it leaves and took work to make, so that they are worth keeping; else null.</summary>
    /// <param name="experts">The experts' names.</param>
    public virtual IReadOnlyList<string>? KeptVectors(IReadOnlyList<string> experts) => null;

    /// <summary>What <see cref="Prepare"/> gives, from vectors that an earlier preparation left.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="kept">What was made of them: <see cref="KeptVectors"/>.</param>
    /// <exception cref="NotSupportedException">There are none to keep.</exception>
    public virtual PreparedMerge Restore(TaskVectors vectors, TaskVectors kept) =>
        KeptVectors(vectors.Names) is not null ? new PreparedMerge(vectors, kept) : throw new NotSupportedException($"{Name} keeps no vectors.");

    /// <summary>The settings as a study writes them: plain YAML values that read back to the same settings; null ones are left out, and so are <see cref="Files"/>.</summary>
    public abstract IEnumerable<(string Key, object? Value)> Entries();
}
