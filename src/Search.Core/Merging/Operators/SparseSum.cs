using Search.Merging.Sparsifiers;

namespace Search.Merging.Operators;

/// <summary>
/// Sparsifies the task vectors once, and adds them up, each times its coefficient, or what agrees with the sign that the products elect:
/// θ = θ₀ + λ·Σ wₖ·τ̂ₖ, or λ·Σ wₖτ̂ₖ / Σ wₖ over those that agree. What mergekit calls generalized task arithmetic.
/// </summary>
/// <param name="Name">The name that studies know this combination of settings by.</param>
/// <param name="Sparsifier">What is kept.</param>
/// <param name="Rule">How the products are reduced, or null for their sum.</param>
public sealed record SparseSum(string Name, Sparsifier Sparsifier, ReduceRule? Rule) : MergeOperator(Name)
{
    /// <summary>Which form of the operator it is, where its other settings do not tell.</summary>
    public string? Variant { get; init; }

    /// <inheritdoc/>
    public override SettingFiles Files => Sparsifier.Files;

    /// <inheritdoc/>
    public override bool IsDirect => Sparsifier.IsSearched;

    /// <inheritdoc/>
    public override IReadOnlyList<SearchedSetting> Settings(IReadOnlyList<string> experts) => FilteredMerge.SettingsOf(Sparsifier, experts);

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) =>
        Sparsifier.IsSearched ? new FilteredMerge(vectors, Sparsifier, Rule) : new Prepared(vectors, Preparation.Sparsified(vectors, Sparsifier), Rule);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("variant", Variant), .. Sparsifier.Entries(), .. Rule?.Entries() ?? []];

    /// <inheritdoc/>
    public override IReadOnlyList<string>? KeptVectors(IReadOnlyList<string> experts) => Sparsifier.IsSearched ? null : experts;

    /// <inheritdoc/>
    public override PreparedMerge Restore(TaskVectors vectors, TaskVectors kept) => new Prepared(vectors, kept, Rule);

    private sealed class Prepared(TaskVectors source, TaskVectors vectors, ReduceRule? rule) : PreparedMerge(source, vectors)
    {
        public override MergeRule? Rule => rule;
    }
}
