using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Sums the task vectors where at least k tasks need the sum, and drops what one task alone or none needs (Wang et al. 2024,
/// arXiv:2405.07813, §3: task t needs an element where |τₜ| > ρ·|Στ − τₜ|).
/// </summary>
/// <param name="Threshold">ρ, which the paper calls λₜ; at least 0.</param>
/// <param name="Tasks">k, at least 0.</param>
public sealed record ConsensusTaskArithmetic(double Threshold, int Tasks) : MergedVector("consensus", 0.3)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("threshold", YamlText.Number(Threshold)), ("tasks", Tasks)];

    /// <inheritdoc/>
    protected override TaskVectors Make(TaskVectors vectors) => Preparation.Reduced(vectors, (_, taus) =>
    {
        float[] result = new float[taus[0].Length];
        for (int i = 0; i < result.Length; i++)
        {
            double sum = taus.Sum(tau => (double)tau[i]);
            int needed = taus.Count(tau => TallMasks.Needs(sum, tau[i], Threshold));
            result[i] = needed >= Tasks ? (float)sum : 0;
        }

        return result;
    });
}
