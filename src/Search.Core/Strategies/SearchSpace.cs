namespace Search.Strategies;

/// <summary>The box that candidates come from.</summary>
public sealed class SearchSpace
{
    /// <summary>Checks and keeps the coefficients.</summary>
    /// <param name="coefficients">At least one, with unique names and finite bounds, each initial value within its own.</param>
    /// <exception cref="ArgumentException">A rule is broken; the message names the coefficient.</exception>
    public SearchSpace(IReadOnlyList<Coefficient> coefficients)
    {
        if (coefficients.Count == 0)
        {
            throw new ArgumentException("A search space needs at least one coefficient.", nameof(coefficients));
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Coefficient coefficient in coefficients)
        {
            if (!names.Add(coefficient.Name))
            {
                throw new ArgumentException($"Coefficient '{coefficient.Name}' is there twice.", nameof(coefficients));
            }

            if (!double.IsFinite(coefficient.Lower) || !double.IsFinite(coefficient.Upper) || !(coefficient.Lower < coefficient.Upper))
            {
                throw new ArgumentException($"Coefficient '{coefficient.Name}' needs finite bounds with lower < upper, got [{coefficient.Lower}, {coefficient.Upper}].", nameof(coefficients));
            }

            if (!(coefficient.Initial >= coefficient.Lower && coefficient.Initial <= coefficient.Upper))
            {
                throw new ArgumentException($"Coefficient '{coefficient.Name}' starts at {coefficient.Initial}, outside [{coefficient.Lower}, {coefficient.Upper}].", nameof(coefficients));
            }
        }

        Coefficients = coefficients;
    }

    /// <summary>The coefficients, in the order of candidate vectors.</summary>
    public IReadOnlyList<Coefficient> Coefficients { get; }

    /// <summary>How many numbers a candidate has.</summary>
    public int Dimension => Coefficients.Count;
}
