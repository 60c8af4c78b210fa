using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Selects, calculates, erases, tensor by tensor (Wan et al. 2024, arXiv:2408.07990, §3.3): keeps the elements in which the experts vary
/// most, weighs each expert by the squares of what it has there, and averages what agrees with the sign of the sum.
/// </summary>
/// <param name="Density">Which fraction of the elements that vary at all to select, in (0, 1].</param>
/// <param name="Variant">Whether what is not selected is merged too.</param>
public sealed record Sce(double Density, SceVariant Variant) : MergedVector("sce", 1)
{
    private const double LeastMeanSquares = 1e-6;

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 2);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("variant", YamlText.Word(Variant)), ("density", YamlText.Number(Density))];

    /// <inheritdoc/>
    protected override TaskVectors Make(TaskVectors vectors) => vectors.Count > 1 || Density == 1
        ? Preparation.Reduced(vectors, (_, taus) => Merge(taus))
        : throw new MergeException("sce: selects the elements in which experts vary, got one expert; density: 1 selects all.");

    private float[] Merge(float[][] taus)
    {
        bool[]? selected = Density < 1 ? Select(taus) : null;
        double[] squares = [.. taus.Select(tau => tau.Where((_, i) => selected?[i] ?? true).Sum(value => (double)value * value))];
        double total = squares.Sum();
        bool isNothing = Variant == SceVariant.MergeKit ? total / taus[0].Length < LeastMeanSquares : total == 0;
        double[] weights = [.. squares.Select(square => isNothing ? 1.0 / taus.Length : square / total)];
        float[] result = new float[taus[0].Length];
        for (int i = 0; i < result.Length; i++)
        {
            if (Variant != SceVariant.FuseChat && selected?[i] == false)
            {
                continue;
            }

            int sign = taus.Sum(tau => (double)tau[i]) >= 0 ? 1 : -1;
            double sum = 0;
            double divisor = 0;
            for (int k = 0; k < taus.Length; k++)
            {
                if (Math.Sign(taus[k][i]) == sign)
                {
                    sum += weights[k] * taus[k][i];
                    divisor += weights[k];
                }
            }

            result[i] = divisor > 0 ? (float)(sum / divisor) : 0;
        }

        return result;
    }

    // Of equal variances the first are selected.
    private bool[] Select(float[][] taus)
    {
        double[] variances = new double[taus[0].Length]; // times −n², so that the largest come first
        for (int i = 0; i < variances.Length; i++)
        {
            for (int k = 1; k < taus.Length; k++)
            {
                for (int j = 0; j < k; j++)
                {
                    double difference = (double)taus[k][i] - taus[j][i]; // of equal values exactly nothing
                    variances[i] -= difference * difference;
                }
            }
        }

        double[] sorted = [.. variances];
        Array.Sort(sorted);
        int keep = (int)Math.Floor(Density * variances.Count(variance => variance < 0));
        double last = keep == 0 ? double.NegativeInfinity : sorted[keep - 1];
        int atLast = sorted.AsSpan(0, keep).Count(last);
        return [.. variances.Select(variance => variance < last || (variance == last && atLast-- > 0))];
    }
}
