using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// A mean that depends on the experts' angles and lengths alone, tensor by tensor, so that it is a linear combination of them whose weights
/// their inner products decide. Coefficients are divided by their sum.
/// </summary>
/// <param name="Name">The operator's name.</param>
/// <param name="Space">What is averaged.</param>
public abstract record SphericalMean(string Name, SphericalSpace Space) : MergeOperator(Name)
{
    /// <summary>What is nothing beside 1: lengths come from sums of products that are known to the rounding of 1, and so only to its root.</summary>
    internal const double Cancelled = 1e-7;

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 1);

    /// <inheritdoc/>
    public override bool DividesBySum => true;

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => new Prepared(vectors, Gram.OfTensors(vectors), this);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("space", YamlText.Word(Space))];

    /// <summary>The mean's coordinates in terms of the experts.</summary>
    /// <param name="dot">The experts' inner products.</param>
    /// <param name="shares">Their weights, which sum to 1.</param>
    /// <returns>One coordinate an expert; the mean is their linear combination.</returns>
    /// <exception cref="MergeException">They have no mean.</exception>
    protected internal abstract double[] Mean(Func<int, int, double> dot, double[] shares);

    private sealed class Prepared(TaskVectors vectors, IReadOnlyList<Gram> grams, SphericalMean mean) : PreparedMerge(vectors)
    {
        public override bool IsDifferentiable => false;

        public override void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients)
        {
            double sum = Divisor(mean.Name, tensor, coefficients);
            Gram gram = grams[tensor];
            double[] coordinates = mean.Mean(mean.Space == SphericalSpace.Weights ? gram.Theta : gram.Tau, [.. coefficients.ToArray().Select(weight => weight / sum)]);
            for (int k = 0; k < coordinates.Length; k++)
            {
                merge[piece][k] = (float)coordinates[k];
            }

            merge.Base(piece) = mean.Space == SphericalSpace.Weights ? (float)coordinates.Sum() : 1;
        }
    }
}
