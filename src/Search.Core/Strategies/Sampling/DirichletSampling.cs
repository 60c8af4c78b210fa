namespace Search.Strategies.Sampling;

/// <summary>
/// For each group of tensors, weights of the experts that are positive with a fixed sum, from a symmetric Dirichlet distribution; then the
/// nearest feasible candidate.
/// </summary>
internal sealed class DirichletSampling(SearchSpace space, int experts, double concentration, double total, long seed) : ISampling
{
    /// <inheritdoc/>
    public string Name => "dirichlet";

    /// <inheritdoc/>
    public long? Count => null;

    /// <inheritdoc/>
    public double[] Point(long index)
    {
        var rng = new Rng(seed, 0, index);
        double[] coefficients = new double[space.Dimension];
        for (int first = 0; first < coefficients.Length; first += experts)
        {
            Span<double> group = coefficients.AsSpan(first, Math.Min(experts, coefficients.Length - first));
            double sum = 0;
            double largest = double.NegativeInfinity;
            foreach (ref double weight in group)
            {
                weight = LogGamma(rng);
                largest = Math.Max(largest, weight);
            }

            foreach (ref double weight in group)
            {
                weight = Math.Exp(weight - largest); // only ratios count, and small concentrations underflow without this
                sum += weight;
            }

            foreach (ref double weight in group)
            {
                weight *= total / sum;
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
