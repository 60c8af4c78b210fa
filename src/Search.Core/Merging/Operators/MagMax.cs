namespace Search.Merging.Operators;

/// <summary>Takes each element from the expert that changed it most, of equal ones the later (Marczak et al. 2024, arXiv:2407.06322, §4).</summary>
public sealed record MagMax() : MergedVector("magmax", 0.5)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    /// <inheritdoc/>
    protected override TaskVectors Make(TaskVectors vectors)
    {
        var largest = new Consensus(null, TieRule.Positive, Reduction.Largest);
        return Preparation.Reduced(vectors, (_, taus) => largest.Reduce(taus, 1));
    }
}
