namespace Search.Merging.Operators;

/// <summary>Makes one vector of all task vectors before the search begins, which then has one coefficient: θ = θ₀ + λ·τ.</summary>
/// <param name="Name">The operator's name.</param>
/// <param name="Start">Where a search starts: the λ that the operator's authors use.</param>
public abstract record MergedVector(string Name, double Start) : MergeOperator(Name)
{
    /// <inheritdoc/>
    public override double Initial => Start;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns(IReadOnlyList<string> experts) => [Preparation.Merged];

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => new(vectors, Make(vectors));

    /// <inheritdoc/>
    public override IReadOnlyList<string>? KeptVectors(IReadOnlyList<string> experts) => Columns(experts);

    /// <summary>Makes the vector.</summary>
    /// <param name="vectors">The task vectors.</param>
    protected abstract TaskVectors Make(TaskVectors vectors);
}
