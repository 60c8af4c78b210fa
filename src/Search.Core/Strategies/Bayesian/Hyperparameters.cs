namespace Search.Strategies.Bayesian;

/// <summary>What a Gaussian process learns besides its data.</summary>
/// <param name="Lengthscales">ℓ, one an input group, in units of the inputs; positive.</param>
/// <param name="SignalVariance">s², the variance of the function; positive.</param>
/// <param name="NoiseVariance">The variance of an observation around the function; not negative.</param>
internal sealed record Hyperparameters(IReadOnlyList<double> Lengthscales, double SignalVariance, double NoiseVariance)
{
    /// <summary>Reads the logarithms of all numbers in the order lengthscales, signal, noise.</summary>
    public static Hyperparameters FromLogarithms(ReadOnlySpan<double> logarithms)
    {
        int groups = logarithms.Length - 2;
        double[] lengthscales = new double[groups];
        for (int i = 0; i < groups; i++)
        {
            lengthscales[i] = Math.Exp(logarithms[i]);
        }

        return new Hyperparameters(lengthscales, Math.Exp(logarithms[groups]), Math.Exp(logarithms[groups + 1]));
    }
}
