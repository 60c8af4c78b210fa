namespace Search.Strategies.Genetic;

/// <summary>Changes one gene.</summary>
public interface IMutation
{
    /// <summary>Draws a gene's new value.</summary>
    /// <param name="gene">The gene, in [0, 1].</param>
    /// <param name="rng">The randomness.</param>
    /// <returns>The new gene, in [0, 1].</returns>
    double Mutate(double gene, Rng rng);
}
