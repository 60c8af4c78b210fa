namespace Search.Strategies.Sampling;

/// <summary>
/// For each group of tensors, weights of the experts that are positive with a fixed sum, from a symmetric Dirichlet distribution; then the
/// nearest feasible candidate. Coefficients outside every group keep their initial values.
/// </summary>
internal sealed class DirichletSampling(SearchSpace space, IReadOnlyList<int[]> groups, double concentration, double total, long seed) : ISampling
{
    /// <inheritdoc/>
    public string Name => "dirichlet";

    /// <inheritdoc/>
    public long? Count => null;

    /// <inheritdoc/>
    public double[] Point(long index)
    {
        var rng = new Rng(seed, 0, index);
        double[] coefficients = [.. space.Coefficients.Select(coefficient => coefficient.Initial)];
        foreach (int[] group in groups)
        {
            double[] logarithms = [.. group.Select(_ => LogGamma(rng))];
            double largest = logarithms.Max();
            double[] weights = Array.ConvertAll(logarithms, logarithm => Math.Exp(logarithm - largest)); // only ratios count, and small concentrations underflow without this
            double sum = weights.Sum();
            foreach ((int place, double weight) in group.Zip(weights))
            {
                coefficients[place] = weight * (total / sum);
            }
        }

        return space.Encode(coefficients);
    }

    // The logarithm of a Gamma(concentration, 1) number (Marsaglia and Tsang 2000), concentrations below 1 by their boost U^(1/a).
    private double LogGamma(Rng rng)
    {
        double shape = concentration < 1 ? concentration + 1 : concentration;
        double d = shape - (1 / 3.0);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = rng.NextGaussian();
            double v = 1 + (c * x);
            v = v * v * v;
            double u = 1 - rng.NextUniform(); // in (0, 1]
            if (v > 0 && Math.Log(u) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return Math.Log(d * v) + (concentration < 1 ? Math.Log(1 - rng.NextUniform()) / concentration : 0);
            }
        }
    }
}
