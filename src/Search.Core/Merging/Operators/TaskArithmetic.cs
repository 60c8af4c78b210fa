namespace Search.Merging.Operators;

/// <summary>θ = θ₀ + Σ λᵢ·(θᵢ − θ₀) (Ilharco et al. 2023, arXiv:2212.04089, §2).</summary>
public sealed record TaskArithmetic() : MergeOperator("task_arithmetic")
{
    /// <inheritdoc/>
    public override bool IsDirect => true;

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => new Prepared(vectors);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    private sealed class Prepared(TaskVectors vectors) : PreparedMerge(vectors)
    {
        public override IReadOnlyList<double> Coefficients(IReadOnlyList<double> weights) => weights;
    }
}
