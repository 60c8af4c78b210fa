using Search.Merging.Kernels;
using Search.Yaml;

namespace Search.Merging.Sparsifiers;

/// <summary>Keeps the largest magnitudes (TIES' trim: Yadav et al. 2023, arXiv:2306.01708, §3); of equal ones those that come first.</summary>
/// <param name="Density">Which fraction to keep, in (0, 1]; where it is searched, in the steps of <see cref="RankTable"/>.</param>
/// <param name="Scope">Of what.</param>
/// <param name="PlusOne">Whether one more than ⌊density · n⌋ is kept, as TIES' published code does; it fails at density 1, where this keeps all.</param>
public sealed record MagnitudeSparsifier(Setting Density, SparsifierScope Scope, bool PlusOne) : Sparsifier
{
    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Setting Setting)> Searchable => [("density", Density)];

    /// <inheritdoc/>
    public override Sparsify Open(TaskVectors vectors) => Scope switch
    {
        SparsifierScope.Global => OpenGlobal(vectors),
        SparsifierScope.Row => (_, tensor, values) => Rows.ForEach(vectors.Layout.Tensors[tensor], values, row => Trim(row)),
        _ => (_, _, values) => Trim(values),
    };

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("density", Density.Text), ("scope", YamlText.Word(Scope))];

    /// <inheritdoc/>
    internal override FilterTable Tabulate(TaskVectors vectors)
    {
        Func<int, int, RankTable.Part> parts = Scope == SparsifierScope.Global ? RankTable.OfWhole(vectors) : RankTable.OfTensors(vectors);
        return (vector, tensor, settings) =>
        {
            RankTable.Part part = parts(vector, tensor);
            return new MagnitudeFilter(RankedElement.None, part.At(Keep(settings[0], part.Elements)));
        };
    }

    private long Keep(double density, long elements) => Math.Min(elements, (long)Math.Floor(density * elements) + (PlusOne ? 1 : 0));

    private void Trim(Span<float> values)
    {
        long keep = Keep(Density.Value, values.Length);
        if (keep == 0)
        {
            values.Clear();
        }
        else if (keep < values.Length)
        {
            (float threshold, long atThreshold) = RankCount.FindMagnitude(values, keep);
            Trim(values, threshold, atThreshold);
        }
    }

    private static void Trim(Span<float> values, float threshold, long atThreshold)
    {
        for (int i = 0; i < values.Length; i++)
        {
            float magnitude = MathF.Abs(values[i]);
            if (magnitude < threshold || (magnitude == threshold && --atThreshold < 0))
            {
                values[i] = 0;
            }
        }
    }

    // A vector's elements in the layout's order; what does not merge does not count.
    private Sparsify OpenGlobal(TaskVectors vectors)
    {
        int[] merged = [.. vectors.Family.Merged];
        long elements = merged.Sum(t => vectors.Layout.Tensors[t].ElementCount);
        long keep = Keep(Density.Value, elements);
        var thresholds = new (float Threshold, long[] AtThreshold)[vectors.Count];
        TensorLoop.ForEach(vectors.Count, k =>
        {
            var atThreshold = new long[vectors.Layout.Tensors.Count];
            if (keep == 0 || keep == elements)
            {
                thresholds[k] = (keep == 0 ? float.PositiveInfinity : 0, [.. atThreshold.Select(_ => long.MaxValue)]);
                return;
            }

            var count = new RankCount(true);
            Array.ForEach(merged, t => count.Add(vectors.CopyOf(k, t, vectors.BaseOf(t))));
            count.Choose(keep);
            Array.ForEach(merged, t => count.Add(vectors.CopyOf(k, t, vectors.BaseOf(t))));
            (float threshold, long left) = count.Find();
            foreach (int t in merged)
            {
                atThreshold[t] = left;
                foreach (float value in vectors.CopyOf(k, t, vectors.BaseOf(t)))
                {
                    left -= MathF.Abs(value) == threshold ? 1 : 0;
                }

                left = Math.Max(left, 0);
            }

            thresholds[k] = (threshold, atThreshold);
        });
        return (vector, tensor, values) => Trim(values, thresholds[vector].Threshold, thresholds[vector].AtThreshold[tensor]);
    }
}
