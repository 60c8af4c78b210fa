using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// The weighted mean on the sphere (Karcher 1977, doi:10.1002/cpa.3160300502) of the experts' directions, tensor by tensor, times the
/// weighted mean of their norms. Experts that are zero in a tensor are left out of it.
/// </summary>
/// <param name="Space">What is averaged.</param>
/// <param name="Iterations">The most steps; mergekit's default is 10.</param>
/// <param name="Tolerance">The length of a step that ends the iteration; mergekit's default is 1e-5.</param>
public sealed record Karcher(SphericalSpace Space, int Iterations, double Tolerance) : SphericalMean("karcher", Space)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [.. base.Entries(), ("iterations", Iterations), ("tolerance", YamlText.Number(Tolerance))];

    /// <inheritdoc/>
    protected internal override double[] Mean(Func<int, int, double> dot, double[] shares)
    {
        int[] some = [.. Enumerable.Range(0, shares.Length).Where(k => dot(k, k) > 0 && shares[k] != 0)];
        var result = new double[shares.Length];
        if (some.Length == 0)
        {
            return result;
        }

        double total = some.Sum(k => shares[k]);
        double[] share = [.. some.Select(k => shares[k] / total)];
        double[] norm = [.. some.Select(k => Math.Sqrt(dot(k, k)))];
        double Unit(int i, int j) => i == j ? 1 : Math.Clamp(dot(some[i], some[j]) / (norm[i] * norm[j]), -1, 1);
        double Against(double[] point, int i) => Enumerable.Range(0, some.Length).Sum(j => point[j] * Unit(i, j));
        double Length(double[] point) => Math.Sqrt(Math.Max(0, Enumerable.Range(0, some.Length).Sum(i => point[i] * Against(point, i))));

        // Points are combinations of the unit vectors: u starts as their mean, put on the sphere.
        double[] u = [.. share];
        for (int step = 0; step <= Iterations; step++)
        {
            double length = Length(u);
            if (!(length > Cancelled))
            {
                throw new MergeException("karcher: the experts' directions cancel, so that they have no mean on the sphere.");
            }

            u = [.. u.Select(each => each / length)];
            if (step == Iterations)
            {
                break;
            }

            // The tangent at u towards all: Σ aᵢ·θᵢ/sin θᵢ·(xᵢ − cos θᵢ·u).
            var tangent = new double[some.Length];
            for (int i = 0; i < some.Length; i++)
            {
                double cosine = Math.Clamp(Against(u, i), -1, 1);
                double angle = Math.Acos(cosine);
                if (Math.PI - angle < Cancelled)
                {
                    continue; // opposite to u all ways are as short, so that it pulls no way
                }

                double scale = share[i] * (angle < Tolerance ? 1 : angle / Math.Sin(angle));
                tangent[i] += scale;
                for (int j = 0; j < some.Length; j++)
                {
                    tangent[j] -= scale * cosine * u[j];
                }
            }

            double move = Length(tangent);
            if (move < Tolerance)
            {
                break;
            }

            u = [.. u.Zip(tangent, (at, towards) => (Math.Cos(move) * at) + (Math.Sin(move) * towards / move))];
        }

        double radius = share.Zip(norm, (a, n) => a * n).Sum();
        for (int i = 0; i < some.Length; i++)
        {
            result[some[i]] = radius * u[i] / norm[i];
        }

        return result;
    }
}
