using System.Numerics.Tensors;
using Search.Yaml;

namespace Search.Merging.Sparsifiers;

/// <summary>Drops each element with the same probability, whatever its magnitude (DARE: Yu et al. 2024, arXiv:2311.03099, §3).</summary>
/// <param name="DropRate">p, in [0, 1).</param>
/// <param name="Rescale">What the kept ones are multiplied by.</param>
/// <param name="Seed">The masks' seed.</param>
public sealed record BernoulliSparsifier(double DropRate, Rescale Rescale, long Seed) : Sparsifier
{
    /// <inheritdoc/>
    public override Sparsify Open(TaskVectors vectors) => (vector, tensor, values) =>
    {
        if (DropRate == 0)
        {
            return;
        }

        float norm = Rescale == Rescale.L1 ? TensorPrimitives.SumOfMagnitudes<float>(values) : 0;
        var mask = new MaskBits(Seed, vectors.Names[vector], vectors.Layout.Tensors[tensor].Name);
        uint threshold = (uint)Math.Min(DropRate * (1L << 32), uint.MaxValue);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = mask[i] < threshold ? 0 : values[i];
        }

        float scale = Rescale switch
        {
            Rescale.Expectation => (float)(1 / (1 - DropRate)),
            Rescale.L1 when TensorPrimitives.SumOfMagnitudes<float>(values) is > 0 and var left => norm / left,
            _ => 1,
        };
        TensorPrimitives.Multiply(values, scale, values);
    };

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("drop_rate", YamlText.Number(DropRate)), ("rescale", YamlText.Word(Rescale)), ("mask_seed", Seed)];
}
