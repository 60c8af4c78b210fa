using Search.Yaml;

namespace Search.Merging.Rules;

/// <summary>
/// Attention by distance: λᵢ = ε·softmax(±‖τᵢ‖), tensor by tensor (Ji et al. 2019, arXiv:1812.07108). The paper speaks of similarity,
/// but its code gives the farthest expert the largest weight, so that the sign must be said.
/// </summary>
/// <param name="Sign">Which experts are favoured.</param>
/// <param name="Step">ε, what the weights sum to.</param>
public sealed record FedAtt(DistanceSign Sign, double Step) : MeasuredRule("fedatt", RuleScope.Group)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("sign", YamlText.Word(Sign)), ("step", YamlText.Number(Step))];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(Gram gram)
    {
        double[] signed = [.. Enumerable.Range(0, gram.Count).Select(k => Math.Sqrt(gram.Tau(k, k)) * (Sign == DistanceSign.Far ? 1 : -1))];
        return [.. Softmax.Of(signed).Select(share => Step * share)];
    }
}
