using Search.Merging.Sparsifiers;

namespace Search.Merging.Operators;

/// <summary>
/// Trims each task vector to its largest magnitudes, elects each element's sign by the sum, and reduces what agrees with it (Yadav et al.
/// 2023, arXiv:2306.01708, §3). No coefficient takes part in the election, so that one vector is left; for the form in which it does, see
/// variant mergekit in <see cref="OperatorList"/>.
/// </summary>
/// <param name="Trim">What is kept of each task vector.</param>
/// <param name="Consensus">How the sign is elected and the values reduced.</param>
public sealed record Ties(MagnitudeSparsifier Trim, Consensus Consensus) : MergedVector("ties", Trim.PlusOne ? 0.3 : 1)
{
    internal const string Paper = "paper";
    internal const string FusionBench = "fusionbench";

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 2.5); // the authors' grid ends there

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("variant", Trim.PlusOne ? FusionBench : Paper), .. Trim.Entries(), .. Consensus.Entries()];

    /// <inheritdoc/>
    public override bool IsDirect => Trim.IsSearched;

    /// <inheritdoc/>
    public override IReadOnlyList<SearchedSetting> Settings(IReadOnlyList<string> experts) => FilteredMerge.SettingsOf(Trim, experts);

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => Trim.IsSearched ? new Filtered(vectors, this) : base.Prepare(vectors);

    /// <inheritdoc/>
    public override IReadOnlyList<string>? KeptVectors(IReadOnlyList<string> experts) => Trim.IsSearched ? null : base.KeptVectors(experts);

    /// <inheritdoc/>
    protected override TaskVectors Make(TaskVectors vectors)
    {
        TaskVectors trimmed = Preparation.Sparsified(vectors, Trim);
        int tie = Consensus.TieSign(() => Signs(trimmed));
        return Preparation.Reduced(trimmed, (_, taus) => Consensus.Reduce(taus, tie));
    }

    private long Signs(TaskVectors trimmed)
    {
        long sum = 0;
        for (int t = 0; t < trimmed.Layout.Tensors.Count; t++)
        {
            if (trimmed.Family.IsMerged[t])
            {
                float[] origin = trimmed.BaseOf(t);
                float[][] taus = trimmed.CopiesOf(t, origin);
                for (int i = 0; i < origin.Length; i++)
                {
                    sum += Consensus.Elect(taus, i);
                }
            }
        }

        return sum;
    }

    // The trimmed vectors are there only as they are read, each with the weight 1, so that the vote is theirs alone.
    private sealed class Filtered(TaskVectors vectors, Ties ties)
        : FilteredMerge(vectors, ties.Trim, new ReduceRule(ties.Consensus.Vote!.Value, ties.Consensus.Reduction == Reduction.Mean, 1, ties.Consensus.Tie == TieRule.Positive))
    {
        public override IReadOnlyList<string> Columns { get; } = [Preparation.Merged];

        public override void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients)
        {
            merge[piece].Fill(1);
            merge.Scale(piece) = (float)coefficients[0];
            merge.IsRuled(piece) = true;
        }
    }
}
