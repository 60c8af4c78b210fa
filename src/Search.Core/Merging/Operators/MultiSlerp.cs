namespace Search.Merging.Operators;

/// <summary>
/// The direction of the weighted mean of the experts' directions, tensor by tensor, times the weighted mean of their norms: mergekit's
/// multislerp. That moves on from there in the tangent space by the weighted mean of the directions' parts across it, which is always zero,
/// because the direction they are taken across is that of their own weighted mean.
/// </summary>
/// <param name="Space">What is averaged; mergekit averages task vectors where it is given a base.</param>
public sealed record MultiSlerp(SphericalSpace Space) : SphericalMean("multislerp", Space)
{
    /// <inheritdoc/>
    protected internal override double[] Mean(Func<int, int, double> dot, double[] shares)
    {
        int[] some = [.. Enumerable.Range(0, shares.Length).Where(k => dot(k, k) > 0 && shares[k] != 0)];
        double Norm(int k) => Math.Sqrt(dot(k, k));
        double length = Math.Sqrt(Math.Max(0, some.Sum(i => some.Sum(j => shares[i] * shares[j] * (i == j ? 1 : dot(i, j) / (Norm(i) * Norm(j)))))));
        if (some.Length > 0 && !(length > Cancelled))
        {
            return some.Length == 2 ? shares : throw new MergeException("multislerp: the experts' directions cancel, so that they have no mean on the sphere.");
        }

        double radius = some.Sum(k => shares[k] * Norm(k));
        var result = new double[shares.Length];
        foreach (int k in some)
        {
            result[k] = radius * shares[k] / (length * Norm(k));
        }

        return result;
    }
}
