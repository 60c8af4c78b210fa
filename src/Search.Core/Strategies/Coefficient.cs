namespace Search.Strategies;

/// <summary>One number that candidates have.</summary>
/// <param name="Name">Its name, unique in its space.</param>
/// <param name="Lower">The least value.</param>
/// <param name="Upper">The greatest value, more than <paramref name="Lower"/>.</param>
/// <param name="Initial">Where a search starts, within the bounds.</param>
public sealed record Coefficient(string Name, double Lower, double Upper, double Initial)
{
    /// <summary>How its range is laid out for a strategy; <see cref="CoefficientScale.Log"/> needs a positive <see cref="Lower"/>.</summary>
    /// <value>The default is <see cref="CoefficientScale.Linear"/>.</value>
    public CoefficientScale Scale { get; init; }

    /// <summary>Which values of its range it takes; all but <see cref="CoefficientKind.Float"/> need whole bounds.</summary>
    /// <value>The default is <see cref="CoefficientKind.Float"/>.</value>
    public CoefficientKind Kind { get; init; }
}
