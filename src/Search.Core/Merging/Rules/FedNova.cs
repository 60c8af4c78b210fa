using Search.Yaml;

namespace Search.Merging.Rules;

/// <summary>
/// Divides each expert's update by the steps it was trained for: λᵢ = (Σₖ pₖaₖ)·pᵢ/aᵢ, with p the shares of the counts and a the steps (Wang
/// et al. 2020, arXiv:2007.07481, for plain gradient steps).
/// </summary>
/// <param name="Counts">Expert to its number of examples, at least 0; their sum is positive.</param>
/// <param name="Steps">Expert to its number of training steps, positive.</param>
public sealed record FedNova(IReadOnlyList<KeyValuePair<string, double>> Counts, IReadOnlyList<KeyValuePair<string, double>> Steps) : StatedRule("fednova")
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("counts", YamlText.Numbers(Counts)), ("steps", YamlText.Numbers(Steps))];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(int experts)
    {
        double[] shares = FedAvg.Shares(Counts);
        double effective = shares.Zip(Steps, (share, steps) => share * steps.Value).Sum();
        return [.. shares.Zip(Steps, (share, steps) => effective * share / steps.Value)];
    }
}
