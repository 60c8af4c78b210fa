using System.Numerics.Tensors;
using Search.Merging.Sparsifiers;
using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Scores each element of each τₖ by its magnitude among its expert's and by its agreement with the others', drops those of low score, and
/// averages the rest weighted by their scores (PCB-Merging: Du et al. 2024, arXiv:2410.02396, §3). All comparisons are over the whole model.
/// </summary>
/// <param name="Density">Which fraction of an expert's elements is kept, in (0, 1].</param>
/// <param name="IsCode">
/// Whether scores are as the authors' code has them, exp(n·|τ|²)·tanh(τ·Στ) with |τ| scaled to [0, 1] between its 10⁻⁴ quantiles, and weights
/// what a score is above the least one kept; otherwise as the paper has them, softmax(n·τ²)·Σⱼ softmax(τ·τⱼ) with products scaled to [0, 1].
/// </param>
public sealed record ParameterCompetition(double Density, bool IsCode) : MergedVector("pcb", 1)
{
    private const int Block = 512;
    private const double Outliers = 1e-4; // the fraction at each end that the code clamps

    private delegate void Score(float[][] taus, int expert, Span<float> scores);

    private delegate void Visit(float[][] taus, int expert);

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 2.5);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("variant", IsCode ? "code" : "paper"), ("density", YamlText.Number(Density))];

    /// <inheritdoc/>
    protected override TaskVectors Make(TaskVectors vectors)
    {
        (double Least, double Most)[] limits = IsCode ? Magnitudes(vectors) : [];
        Score score = IsCode ? (taus, k, scores) => ScoreAsCode(taus, k, limits[k], scores) : Softmax(vectors);
        long elements = vectors.Family.Merged.Sum(t => vectors.Layout.Tensors[t].ElementCount);
        long least = Math.Min(elements - 1, (long)(elements * (1 - Density)));
        float[][] kept = Ranked(vectors, [elements - least, 1], score);
        return Preparation.Reduced(vectors, (_, taus) =>
        {
            double[] sums = new double[taus[0].Length];
            double[] weights = new double[taus[0].Length];
            float[] scores = new float[taus[0].Length];
            for (int k = 0; k < taus.Length; k++)
            {
                score(taus, k, scores);
                (double threshold, double range) = (kept[k][0], (double)kept[k][1] - kept[k][0]);
                for (int i = 0; i < scores.Length; i++)
                {
                    double weight = scores[i] < threshold ? 0 : IsCode ? range > 0 ? (scores[i] - threshold) / range : 1 : scores[i];
                    double value = IsCode ? Math.CopySign(Math.Clamp(Math.Abs(taus[k][i]), limits[k].Least, limits[k].Most), taus[k][i]) : taus[k][i];
                    sums[i] += weight * (taus[k][i] == 0 ? 0 : value);
                    weights[i] += weight;
                }
            }

            return [.. sums.Zip(weights, (sum, weight) => weight > 0 ? (float)(sum / weight) : 0)];
        });
    }

    // Each tensor that merges in turn, for each expert at once.
    private static void ForEach(TaskVectors vectors, Visit visit)
    {
        foreach (int t in vectors.Family.Merged)
        {
            float[] origin = vectors.BaseOf(t);
            float[][] taus = vectors.CopiesOf(t, origin);
            TensorLoop.ForEach(taus.Length, k => visit(taus, k));
        }
    }

    // Of each expert its scores of these ranks, the greatest having rank 1.
    private static float[][] Ranked(TaskVectors vectors, long[] ranks, Score score)
    {
        RankCount[][] counts = [.. Enumerable.Range(0, vectors.Count).Select(_ => ranks.Select(_ => new RankCount()).ToArray())];
        void Add(float[][] taus, int expert)
        {
            float[] scores = new float[taus[0].Length];
            score(taus, expert, scores);
            Array.ForEach(counts[expert], count => count.Add(scores));
        }

        ForEach(vectors, Add);
        foreach (RankCount[] own in counts)
        {
            for (int r = 0; r < ranks.Length; r++)
            {
                own[r].Choose(ranks[r]);
            }
        }

        ForEach(vectors, Add);
        return [.. counts.Select(own => own.Select(count => count.Find().Value).ToArray())];
    }

    private static (double Least, double Most)[] Magnitudes(TaskVectors vectors)
    {
        long elements = vectors.Family.Merged.Sum(t => vectors.Layout.Tensors[t].ElementCount);
        long least = (long)(elements * Outliers);
        long most = Math.Max(0, (long)(elements * (1 - Outliers)) - 1);
        return [.. Ranked(vectors, [elements - least, elements - most], (taus, k, scores) =>
        {
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] = Math.Abs(taus[k][i]);
            }
        }).Select(ranked => ((double)ranked[0], (double)Math.Max(ranked[0], ranked[1])))];
    }

    private static void ScoreAsCode(float[][] taus, int expert, (double Least, double Most) limits, Span<float> scores)
    {
        double range = limits.Most - limits.Least;
        for (int i = 0; i < scores.Length; i++)
        {
            double sum = 0;
            foreach (float[] tau in taus)
            {
                sum += tau[i];
            }

            double size = range > 0 ? (Math.Clamp(Math.Abs(taus[expert][i]), limits.Least, limits.Most) - limits.Least) / range : 0;
            scores[i] = (float)(Math.Exp(taus.Length * size * size) * Math.Tanh(taus[expert][i] * sum));
        }
    }

    // What softmax divides by is taken as the mean, which is the same to all scores.
    private static Score Softmax(TaskVectors vectors)
    {
        int experts = vectors.Count;
        var least = new double[experts, experts];
        var most = new double[experts, experts];
        var means = new double[experts, experts]; // of e to the scaled product
        var self = new double[experts]; // and to n times that with itself
        double elements = vectors.Family.Merged.Sum(t => vectors.Layout.Tensors[t].ElementCount);
        for (int i = 0; i < experts * experts; i++)
        {
            (least[i / experts, i % experts], most[i / experts, i % experts]) = (double.PositiveInfinity, double.NegativeInfinity);
        }

        ForEach(vectors, (taus, k) =>
        {
            for (int j = 0; j < experts; j++)
            {
                for (int i = 0; i < taus[k].Length; i++)
                {
                    double product = (double)taus[k][i] * taus[j][i];
                    least[k, j] = Math.Min(least[k, j], product);
                    most[k, j] = Math.Max(most[k, j], product);
                }
            }
        });

        void Exponentials(float[][] taus, int k, int j, int start, double factor, Span<double> result)
        {
            double scale = most[k, j] > least[k, j] ? factor / (most[k, j] - least[k, j]) : 0;
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = (((double)taus[k][start + i] * taus[j][start + i]) - least[k, j]) * scale;
            }

            TensorPrimitives.Exp(result, result);
        }

        ForEach(vectors, (taus, k) =>
        {
            Span<double> block = stackalloc double[Block];
            for (int start = 0; start < taus[k].Length; start += Block)
            {
                Span<double> some = block[..Math.Min(Block, taus[k].Length - start)];
                for (int j = 0; j < experts; j++)
                {
                    Exponentials(taus, k, j, start, 1, some);
                    means[k, j] += Sum(some) / elements;
                }

                Exponentials(taus, k, k, start, experts, some);
                self[k] += Sum(some) / elements;
            }
        });
        return (taus, k, scores) =>
        {
            Span<double> block = stackalloc double[Block];
            Span<double> others = stackalloc double[Block];
            for (int start = 0; start < scores.Length; start += Block)
            {
                Span<double> some = block[..Math.Min(Block, scores.Length - start)];
                others.Clear();
                for (int j = 0; j < experts; j++)
                {
                    Exponentials(taus, k, j, start, 1, some);
                    TensorPrimitives.MultiplyAdd<double>(some, 1 / means[k, j], others[..some.Length], others[..some.Length]);
                }

                Exponentials(taus, k, k, start, experts, some);
                for (int i = 0; i < some.Length; i++)
                {
                    scores[start + i] = (float)(some[i] / self[k] * others[i]);
                }
            }
        };
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum;
    }
}
