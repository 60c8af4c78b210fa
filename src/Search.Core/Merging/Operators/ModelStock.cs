using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Interpolates between the base and the experts' average by how far the experts agree, tensor by tensor: t = N·c / (1 + (N − 1)·c) with c
/// the mean cosine of two task vectors (Jang et al. 2024, arXiv:2403.19522, eq. 7). The coefficient scales t; 1 is the method.
/// </summary>
/// <param name="Extrapolates">Whether a negative mean cosine, for which t is negative or unbounded, is taken as it is; otherwise t is kept to [0, 1].</param>
public sealed record ModelStock(bool Extrapolates) : MergeOperator("model_stock")
{
    private const double Pole = 1e-9;

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 2);

    /// <inheritdoc/>
    public override double Initial => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns(IReadOnlyList<string> experts) => [Preparation.Merged];

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => vectors.Count > 1
        ? new Prepared(vectors, [.. Gram.OfTensors(vectors).Select(Ratio)])
        : throw new MergeException("model_stock: needs the angle between two experts at least, got one expert.");

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("extrapolate", Extrapolates ? "true" : "false")];

    /// <summary>The interpolation ratio t.</summary>
    /// <param name="gram">The inner products; experts that are the base, which have no direction, are left out.</param>
    /// <exception cref="MergeException">It extrapolates, and the mean cosine is at the pole −1/(N − 1).</exception>
    public double Ratio(Gram gram)
    {
        int[] some = [.. Enumerable.Range(0, gram.Count).Where(k => gram.Tau(k, k) > 0)];
        if (some.Length < 2)
        {
            return some.Length;
        }

        double cosine = some.SelectMany(i => some.Where(j => j > i).Select(j => gram.Tau(i, j) / Math.Sqrt(gram.Tau(i, i) * gram.Tau(j, j)))).Average();
        double divisor = 1 + ((some.Length - 1) * cosine);
        return !Extrapolates ? cosine <= 0 ? 0 : Math.Min(1, some.Length * cosine / divisor)
            : Math.Abs(divisor) > Pole ? some.Length * cosine / divisor
            : throw new MergeException($"model_stock: the mean cosine {cosine} of {some.Length} experts is at the pole of t; without 'extrapolate' t is 0 there.");
    }

    private sealed class Prepared(TaskVectors vectors, IReadOnlyList<double> ratios) : PreparedMerge(vectors)
    {
        public override IReadOnlyList<string> Columns { get; } = [Preparation.Merged];

        public override bool IsDifferentiable => false;

        public override void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients) =>
            merge[piece].Fill((float)(coefficients[0] * ratios[tensor] / Vectors.Count));
    }
}
