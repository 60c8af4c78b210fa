namespace Search.Merging;

/// <summary>Which tensors share coefficients.</summary>
public abstract record TensorGrouping
{
    /// <summary>What it is called in a line about a run.</summary>
    public abstract string Title { get; }

    /// <summary>Puts tensors into groups.</summary>
    /// <param name="tensors">The names of the tensors that merge.</param>
    /// <param name="blocks">Names the blocks.</param>
    /// <param name="kinds">Names the kinds.</param>
    /// <exception cref="MergeException">The tensors do not fit the groups.</exception>
    internal abstract GroupAssignment Assign(IReadOnlyList<string> tensors, TensorBlocks blocks, TensorKinds kinds);
}
