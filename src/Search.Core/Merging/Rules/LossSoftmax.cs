using Search.Yaml;

namespace Search.Merging.Rules;

/// <summary>
/// LM-Cocktail (Xiao et al. 2023, arXiv:2311.13534): θ = α·θ_ft + (1 − α)·Σ wᵢθᵢ, with w = softmax(−Lᵢ/T) of the losses that the other experts
/// have on a few examples of the fine-tuned one's task.
/// </summary>
/// <param name="Losses">Expert to its loss, but for the fine-tuned one.</param>
/// <param name="Temperature">T, positive.</param>
/// <param name="FineTuned">The fine-tuned expert's index and its share α, or null where all are weighed by their losses.</param>
public sealed record LossSoftmax(IReadOnlyList<KeyValuePair<string, double>> Losses, double Temperature, (int Index, string Name, double Share)? FineTuned) : StatedRule("lm_cocktail")
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("losses", YamlText.Numbers(Losses)), ("temperature", YamlText.Number(Temperature)),
        ("fine_tuned", FineTuned?.Name), ("share", FineTuned is { } tuned ? YamlText.Number(tuned.Share) : null),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(int experts)
    {
        List<double> weights = [.. Softmax.Of([.. Losses.Select(loss => -loss.Value / Temperature)])];
        if (FineTuned is { } tuned)
        {
            weights = [.. weights.Select(weight => (1 - tuned.Share) * weight)];
            weights.Insert(tuned.Index, tuned.Share);
        }

        return weights;
    }
}
