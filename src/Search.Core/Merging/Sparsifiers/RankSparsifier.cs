using Search.Yaml;

namespace Search.Merging.Sparsifiers;

/// <summary>
/// Drops elements at random, small magnitudes more often than large ones (DELLA's MAGPRUNE: Deep et al. 2024, arXiv:2406.11617, §3): the
/// probability of being kept rises evenly with the rank, from density − ε/2 for the smallest to density + ε/2 for the largest. Of equal
/// magnitudes the first ranks higher, and one element alone is kept with probability density.
/// </summary>
/// <param name="Density">Which fraction to keep on average, in (0, 1]; 1 keeps all, whatever ε.</param>
/// <param name="Epsilon">ε, by how much the largest element's probability exceeds the smallest's.</param>
/// <param name="Scope">Among which elements ranks are given; a tensor or a row.</param>
/// <param name="Rescale">What the kept ones are multiplied by; for the expectation, by what each one's own probability asks for.</param>
/// <param name="Seed">The masks' seed.</param>
public sealed record RankSparsifier(double Density, double Epsilon, SparsifierScope Scope, Rescale Rescale, long Seed) : Sparsifier
{
    /// <inheritdoc/>
    public override Sparsify Open(TaskVectors vectors) => (vector, tensor, values) =>
    {
        if (Density == 1)
        {
            return;
        }

        WeightSlot slot = vectors.Layout.Tensors[tensor];
        double sum = Rescale == Rescale.L1 ? MagnitudeSum.Of(values) : 0;
        var mask = new MaskBits(Seed, vectors.Names[vector], slot.Name);
        if (Scope == SparsifierScope.Row)
        {
            int start = 0;
            Rows.ForEach(slot, values, row =>
            {
                Drop(row, mask, start);
                start += row.Length;
            });
        }
        else
        {
            Drop(values, mask, 0);
        }

        if (Rescale == Rescale.L1)
        {
            MagnitudeSum.Restore(values, sum);
        }
    };

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("density", YamlText.Number(Density)), ("epsilon", YamlText.Number(Epsilon)), ("scope", YamlText.Word(Scope)), ("rescale", YamlText.Word(Rescale)), ("mask_seed", Seed),
    ];

    private void Drop(Span<float> values, MaskBits mask, int start)
    {
        int[] order = MagnitudeOrder.Descending(values);
        for (int rank = 0; rank < order.Length; rank++)
        {
            double kept = order.Length == 1 ? Density : Density + (Epsilon * (0.5 - ((double)rank / (order.Length - 1))));
            ref float value = ref values[order[rank]];
            value = mask[start + order[rank]] < (1 - kept) * (1L << 32) ? 0 : Rescale == Rescale.Expectation ? (float)(value / kept) : value;
        }
    }
}
