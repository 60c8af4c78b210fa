using Search.Merging.Kernels;
using Search.Yaml;

namespace Search.Merging.Sparsifiers;

/// <summary>
/// Drops the largest and the smallest magnitudes (Model Breadcrumbs: Davari and Belilovsky 2024, arXiv:2312.06795, §3); of equal ones the
/// first count as the larger.
/// </summary>
/// <param name="Density">Which fraction to keep, in (0, 1].</param>
/// <param name="Gamma">Which fraction of the largest to drop, in [0, 1].</param>
/// <param name="Scope">Of what; a tensor or a row.</param>
public sealed record BandSparsifier(Setting Density, Setting Gamma, SparsifierScope Scope) : Sparsifier
{
    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Setting Setting)> Searchable => [("density", Density), ("gamma", Gamma)];

    /// <inheritdoc/>
    public override Sparsify Open(TaskVectors vectors) => Scope == SparsifierScope.Row
        ? (_, tensor, values) => Rows.ForEach(vectors.Layout.Tensors[tensor], values, Trim)
        : (_, _, values) => Trim(values);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("density", Density.Text), ("gamma", Gamma.Text), ("scope", YamlText.Word(Scope))];

    /// <inheritdoc/>
    internal override FilterTable Tabulate(TaskVectors vectors)
    {
        Func<int, int, RankTable.Part> parts = RankTable.OfTensors(vectors);
        return (vector, tensor, settings) =>
        {
            RankTable.Part part = parts(vector, tensor);
            (long top, long keep) = Counts(settings[0], settings[1], part.Elements);
            return new MagnitudeFilter(part.At(top), part.At(top + keep));
        };
    }

    // What is dropped at the top counts against what may be dropped at the bottom; where both do not fit, less of the top goes.
    private static (long Top, long Keep) Counts(double density, double gamma, long elements)
    {
        long keep = (long)Math.Floor(density * elements);
        return (Math.Min((long)Math.Floor(gamma * elements), elements - keep), keep);
    }

    private void Trim(Span<float> values)
    {
        (long top, long keep) = Counts(Density.Value, Gamma.Value, values.Length);
        if (keep == values.Length)
        {
            return;
        }

        int[] order = MagnitudeOrder.Descending(values);
        for (int rank = 0; rank < order.Length; rank++)
        {
            if (rank < top || rank >= top + keep)
            {
                values[order[rank]] = 0;
            }
        }
    }
}
