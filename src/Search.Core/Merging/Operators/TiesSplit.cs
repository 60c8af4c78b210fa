using Search.Merging.Sparsifiers;

namespace Search.Merging.Operators;

/// <summary>
/// Trims and elects as TIES does, but leaves each expert its own vector: what it kept where it agrees with the elected sign. One coefficient
/// an expert (AdaMerging++: Yang et al. 2024, arXiv:2310.02575, §3.2); all 1 gives TIES with the sum.
/// </summary>
/// <param name="Density">Which fraction of each task vector to keep, in (0, 1].</param>
/// <param name="Scope">Of what.</param>
public sealed record TiesSplit(double Density, SparsifierScope Scope) : MergeOperator("ties_split")
{
    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors)
    {
        var consensus = new Consensus(SignVote.Mass, TieRule.Positive, Reduction.Sum);
        TaskVectors trimmed = Preparation.Sparsified(vectors, new MagnitudeSparsifier(Density, Scope, false));
        return new PreparedMerge(vectors, Preparation.PerTensor(trimmed, trimmed.Names, (_, _, taus) =>
        {
            for (int i = 0; i < taus[0].Length; i++)
            {
                int sign = consensus.Elect(taus, i) is not 0 and var elected ? elected : 1;
                foreach (float[] tau in taus)
                {
                    tau[i] = Math.Sign(tau[i]) == sign ? tau[i] : 0;
                }
            }

            return taus;
        }));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string>? KeptVectors(IReadOnlyList<string> experts) => experts;

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("density", Yaml.YamlText.Number(Density)), ("scope", Yaml.YamlText.Word(Scope))];
}
