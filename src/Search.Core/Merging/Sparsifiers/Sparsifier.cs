namespace Search.Merging.Sparsifiers;

/// <summary>Keeps some elements of each task vector and drops the others: τ → m ⊙ τ · r.</summary>
public abstract record Sparsifier
{
    /// <summary>Looks at the task vectors where what is kept depends on more than one tensor.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <returns>What sparsifies one vector's part in one tensor, in place; safe to use from several threads.</returns>
    public abstract Sparsify Open(TaskVectors vectors);

    /// <summary>The settings as a study writes them.</summary>
    public abstract IEnumerable<(string Key, object? Value)> Entries();
}
