namespace Search.Strategies.Genetic;

/// <summary>Makes two children of two parents.</summary>
public interface ICrossover
{
    /// <summary>Mixes genes. Axes without an order are not its business: whoever calls it swaps those.</summary>
    /// <param name="first">One parent's genes, in [0, 1].</param>
    /// <param name="second">The other's, as many.</param>
    /// <param name="firstChild">Receives one child's genes, in [0, 1].</param>
    /// <param name="secondChild">Receives the other's.</param>
    /// <param name="rng">The randomness.</param>
    void Cross(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> firstChild, Span<double> secondChild, Rng rng);
}
