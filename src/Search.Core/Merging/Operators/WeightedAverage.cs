namespace Search.Merging.Operators;

/// <summary>θ = Σ wᵢ·θᵢ / Σ wᵢ (Utans 1996; Wortsman et al. 2022, arXiv:2203.05482); the base takes no part.</summary>
public sealed record WeightedAverage() : MergeOperator("weighted_average")
{
    private const double Rounding = 1e-9;

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 1);

    /// <inheritdoc/>
    public override bool DividesBySum => true;

    /// <inheritdoc/>
    public override bool IsDirect => true;

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => new Prepared(vectors);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    private sealed class Prepared(TaskVectors vectors) : PreparedMerge(vectors)
    {
        public override void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients)
        {
            double sum = Divisor("weighted_average", tensor, coefficients);
            Span<float> weights = merge[piece];
            for (int k = 0; k < weights.Length; k++)
            {
                weights[k] = (float)(coefficients[k] * (1 / sum));
            }
        }

        // wₖ = cₖ / S with S = Σ c, so ∂L/∂cⱼ = (∂L/∂wⱼ − Σₖ wₖ ∂L/∂wₖ) / S.
        public override void Pull(ReadOnlySpan<double> coefficients, Span<double> slopes)
        {
            double sum = Sum(coefficients);
            double mean = 0;
            for (int k = 0; k < slopes.Length; k++)
            {
                mean += coefficients[k] * slopes[k];
            }

            mean /= sum;
            for (int k = 0; k < slopes.Length; k++)
            {
                slopes[k] = (slopes[k] - mean) / sum;
            }
        }

        public override IReadOnlyList<double>? Coefficients(IReadOnlyList<double> weights) => Math.Abs(weights.Sum() - 1) < Rounding ? weights : null;
    }
}
