using Search.Yaml;

namespace Search.Merging.Rules;

/// <summary>Shares of the experts' numbers of training examples, λᵢ = nᵢ / Σ n (McMahan et al. 2017, arXiv:1602.05629, alg. 1).</summary>
/// <param name="Counts">Expert to its number of examples, at least 0; their sum is positive.</param>
public sealed record FedAvg(IReadOnlyList<KeyValuePair<string, double>> Counts) : StatedRule("fedavg")
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("counts", YamlText.Numbers(Counts))];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(int experts) => Shares(Counts);

    internal static double[] Shares(IReadOnlyList<KeyValuePair<string, double>> counts)
    {
        double sum = counts.Sum(count => count.Value);
        return [.. counts.Select(count => count.Value / sum)];
    }
}
