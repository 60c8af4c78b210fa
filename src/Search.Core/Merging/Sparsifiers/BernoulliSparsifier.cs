using Search.Merging.Kernels;
using Search.Yaml;

namespace Search.Merging.Sparsifiers;

/// <summary>Drops each element with the same probability, whatever its magnitude (DARE: Yu et al. 2024, arXiv:2311.03099, §3).</summary>
/// <param name="DropRate">p, in [0, 1).</param>
/// <param name="Rescale">What the kept ones are multiplied by.</param>
/// <param name="Seed">The masks' seed.</param>
public sealed record BernoulliSparsifier(Setting DropRate, Rescale Rescale, long Seed) : Sparsifier
{
    private const uint Bucket = (uint)((1L << 32) / RankTable.Steps); // of random bits, one a step of a rate that is searched

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Setting Setting)> Searchable => [("drop_rate", DropRate)];

    /// <inheritdoc/>
    public override Sparsify Open(TaskVectors vectors) => (vector, tensor, values) =>
    {
        if (DropRate.Value == 0)
        {
            return;
        }

        double sum = Rescale == Rescale.L1 ? MagnitudeSum.Of(values) : 0;
        uint threshold = (uint)Math.Min(DropRate.Value * (1L << 32), uint.MaxValue);
        Mask(vectors, vector, tensor).Drop(values, 0, threshold, Rescale == Rescale.Expectation ? (float)(1 / (1 - DropRate.Value)) : 1, values);
        if (Rescale == Rescale.L1)
        {
            MagnitudeSum.Restore(values, sum);
        }
    };

    /// <inheritdoc/>
    internal override FilterTable Tabulate(TaskVectors vectors)
    {
        double[][][] norms = Rescale == Rescale.L1 ? Norms(vectors) : [];
        return (vector, tensor, settings) =>
        {
            int step = (int)(settings[0] * RankTable.Steps);
            double scale = Rescale switch
            {
                Rescale.Expectation => 1 / (1 - ((double)step / RankTable.Steps)),
                Rescale.L1 when norms[tensor][vector][step] is > 0 and var left => norms[tensor][vector][0] / left,
                _ => 1,
            };
            return new BernoulliFilter(Mask(vectors, vector, tensor), (uint)((long)step * Bucket), (float)scale);
        };
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("drop_rate", DropRate.Text), ("rescale", YamlText.Word(Rescale)), ("mask_seed", Seed)];

    private MaskBits Mask(TaskVectors vectors, int vector, int tensor) => new(Seed, vectors.Names[vector], vectors.Layout.Tensors[tensor].Name);

    // By tensor, vector and step: the L1 norm of what is left when the bits below the step's are dropped.
    private double[][][] Norms(TaskVectors vectors)
    {
        var norms = new double[vectors.Layout.Tensors.Count][][];
        TensorLoop.ForEach(norms.Length, t =>
        {
            norms[t] = [.. Enumerable.Range(0, vectors.Family.IsMerged[t] ? vectors.Count : 0).Select(k =>
            {
                double[] left = new double[RankTable.Steps + 1];
                MaskBits mask = Mask(vectors, k, t);
                float[] values = vectors.CopyOf(k, t, vectors.BaseOf(t));
                for (int i = 0; i < values.Length; i++)
                {
                    left[mask[i] / Bucket] += MathF.Abs(values[i]);
                }

                for (int step = RankTable.Steps - 1; step >= 0; step--)
                {
                    left[step] += left[step + 1];
                }

                return left;
            })];
        });
        return norms;
    }
}
