using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Interpolates two experts along the arc between them, tensor by tensor: sin((1−t)Ω)/sin Ω · a + sin(tΩ)/sin Ω · b, where Ω is the angle
/// between a and b (Shoemake 1985, doi:10.1145/325334.325242). Nearly parallel tensors, and those where one is zero, are interpolated along the chord.
/// </summary>
/// <param name="Space">What is interpolated.</param>
/// <param name="Parallel">The cosine above which two tensors count as parallel; mergekit's is 0.9995.</param>
public sealed record Slerp(SphericalSpace Space, double Parallel) : MergeOperator("slerp")
{
    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 1);

    /// <inheritdoc/>
    public override double Initial => 0.5;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns(IReadOnlyList<string> experts) => ["t"];

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => vectors.Count == 2
        ? new Prepared(vectors, Gram.OfTensors(vectors), this)
        : throw new MergeException($"slerp: interpolates between two experts, got {vectors.Count}; karcher takes any number.");

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("space", YamlText.Word(Space)), ("parallel", YamlText.Number(Parallel))];

    /// <summary>The weights of the ends of an arc at a point of it.</summary>
    /// <param name="cosine">The cosine of the angle between the ends.</param>
    /// <param name="t">Where the point is, as a fraction of the arc.</param>
    /// <returns>The weights, or null where the ends point the same way or opposite ways.</returns>
    internal static (double First, double Second)? Along(double cosine, double t)
    {
        double angle = Math.Acos(cosine);
        double sine = Math.Sin(angle);
        return sine > SphericalMean.Cancelled ? (Math.Sin((1 - t) * angle) / sine, Math.Sin(t * angle) / sine) : null;
    }

    /// <summary>The cosine of the angle between two experts, or null where one is zero.</summary>
    /// <param name="dot">Their inner products.</param>
    internal static double? Cosine(Func<int, int, double> dot) => Math.Sqrt(dot(0, 0) * dot(1, 1)) is > 0 and var norms ? Math.Clamp(dot(0, 1) / norms, -1, 1) : null;

    private sealed class Prepared(TaskVectors vectors, IReadOnlyList<Gram> grams, Slerp slerp) : PreparedMerge(vectors)
    {
        public override IReadOnlyList<string> Columns { get; } = ["t"];

        public override bool IsDifferentiable => false;

        public override void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients)
        {
            Gram gram = grams[tensor];
            Func<int, int, double> dot = slerp.Space == SphericalSpace.Weights ? gram.Theta : gram.Tau;
            double t = coefficients[0];
            double cosine = Cosine(dot) ?? 1;
            (double first, double second) = cosine > slerp.Parallel ? (1 - t, t) : Along(cosine, t)
                ?? (cosine > 0 ? (1 - t, t) : throw new MergeException($"slerp: the experts' '{Vectors.Layout.Tensors[tensor].Name}' point opposite ways, so no arc between them is the shortest."));
            (merge[piece][0], merge[piece][1]) = ((float)first, (float)second);
            merge.Base(piece) = slerp.Space == SphericalSpace.Weights ? (float)(first + second) : 1;
        }
    }
}
