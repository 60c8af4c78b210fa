using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Elects one vector for all tasks, the largest magnitude of those that agree with the sign of the sum, and masks and rescales it for each
/// (EMR-Merging: Huang et al. 2024, arXiv:2405.17461, §3): a task's model has it where its own vector agrees, times what gives it its own
/// vector's mean magnitude.
/// </summary>
/// <param name="Variant">What the mean is over.</param>
public sealed record Emr(EmrVariant Variant) : TaskModels("emr")
{
    private static readonly Consensus Election = new(SignVote.Mass, TieRule.Negative, Reduction.Largest);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("variant", YamlText.Word(Variant))];

    /// <inheritdoc/>
    protected override void Make(float[][] taus)
    {
        float[] elected = Election.Reduce(taus, Election.TieSign(() => 0));
        foreach (float[] tau in taus)
        {
            for (int i = 0; i < tau.Length; i++)
            {
                tau[i] = Math.Sign(tau[i]) == Math.Sign(elected[i]) ? elected[i] : 0;
            }
        }
    }

    /// <inheritdoc/>
    protected override double[] Scales(TaskVectors vectors, TaskVectors made) =>
        // ρₖ = Σ|τₖ| / Σ|Mₖ ⊙ τ|; 1 for a task whose vector is zero.
        [.. Enumerable.Range(0, vectors.Count).Select(k => Magnitude(made, k) is > 0 and var masked ? Magnitude(vectors, k) / masked : 1)];

    private double Magnitude(TaskVectors vectors, int vector)
    {
        double sum = 0;
        for (int tensor = 0; tensor < vectors.Layout.Tensors.Count; tensor++)
        {
            if (vectors.Family.IsMerged[tensor])
            {
                float[] part = vectors.CopyOf(vector, tensor, vectors.BaseOf(tensor));
                sum += part.Sum(value => Math.Abs((double)value)) / (Variant == EmrVariant.FusionBench ? Math.Max(1, part.Length) : 1);
            }
        }

        return sum;
    }
}
