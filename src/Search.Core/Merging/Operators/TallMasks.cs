using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Keeps of the sum of all task vectors what each task needs: |τₜ| > ρ·|Στ − τₜ| (TALL masks: Wang et al. 2024, arXiv:2405.07813, §3). The
/// sum and a bit an element and task are enough to store the models.
/// </summary>
/// <param name="Threshold">ρ, which the paper calls λₜ; at least 0.</param>
public sealed record TallMasks(double Threshold) : TaskModels("tall")
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("threshold", YamlText.Number(Threshold))];

    /// <summary>Whether a task needs an element of the sum.</summary>
    /// <param name="sum">The sum of all task vectors there.</param>
    /// <param name="own">The task's own there.</param>
    /// <param name="threshold">ρ.</param>
    internal static bool Needs(double sum, float own, double threshold) => Math.Abs((double)own) > threshold * Math.Abs(sum - own);

    /// <inheritdoc/>
    protected override void Make(float[][] taus)
    {
        for (int i = 0; i < taus[0].Length; i++)
        {
            double sum = taus.Sum(tau => (double)tau[i]);
            foreach (float[] tau in taus)
            {
                tau[i] = Needs(sum, tau[i], Threshold) ? (float)sum : 0;
            }
        }
    }
}
