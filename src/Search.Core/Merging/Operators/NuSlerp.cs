namespace Search.Merging.Operators;

/// <summary>
/// Interpolates two experts along the arc between them as <see cref="Slerp"/> does, at the share that the second has of both weights, as
/// mergekit's nuslerp does with whole tensors. Only tensors without an angle are interpolated along the chord: parallel and opposite ones, and
/// those where one expert is zero.
/// </summary>
/// <param name="Space">What is interpolated; mergekit interpolates task vectors where it is given a base.</param>
public sealed record NuSlerp(SphericalSpace Space) : SphericalMean("nuslerp", Space)
{
    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => vectors.Count == 2
        ? base.Prepare(vectors)
        : throw new MergeException($"nuslerp: interpolates between two experts, got {vectors.Count}; multislerp and karcher take any number.");

    /// <inheritdoc/>
    protected internal override double[] Mean(Func<int, int, double> dot, double[] shares) =>
        Slerp.Cosine(dot) is { } cosine && Slerp.Along(cosine, shares[1]) is var (first, second) ? [first, second] : shares;
}
