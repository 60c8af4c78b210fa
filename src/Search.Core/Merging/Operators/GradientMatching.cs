using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// θ₀ + Σ αₖ·(H₀ + Hₖ)·τₖ / (H₀ + Σ αₖHₖ) element by element, H the diagonals of the base's and the experts' Hessians, which cancels most of
/// the mismatch of their gradients (Daheim et al. 2024, arXiv:2310.12808, eq. 12). H₀ = 0 gives Fisher merging, Hₖ = 0 task arithmetic.
/// </summary>
/// <param name="Prior">δ₀, which is added to H₀; at least 0.</param>
/// <param name="Files">The experts' H, and the base's where it is known: checkpoints that have a tensor of the shape of each that merges.</param>
public sealed record GradientMatching(double Prior, SettingFiles Files) : MergeOperator("gradient_matching")
{
    /// <summary>The setting that names the experts' files.</summary>
    public const string Key = "statistics";

    /// <summary>The setting that names the base's.</summary>
    public const string BaseKey = "base_statistics";

    /// <inheritdoc/>
    public override SettingFiles Files { get; } = Files;

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 1.5);

    /// <inheritdoc/>
    public override double Initial => 1;

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors)
    {
        Statistics[] files = [.. Statistics.OfExperts(this, vectors.Family, Key)];
        Statistics? ofBase = Statistics.OfBase(this, vectors.Family, BaseKey);
        files = ofBase is null ? files : [.. files, ofBase];
        return PrecisionMerge.Of(vectors, tensor => [.. files.Select(file => file.Precisions(vectors.Layout.Tensors[tensor]))], ofBase is not null, (float)Prior);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("prior", YamlText.Number(Prior))];
}
