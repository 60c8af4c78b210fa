namespace Search.Strategies;

/// <summary>
/// Where candidates come from: coefficients with bounds and constraints outside, free numbers in [0, 1] for the strategies inside, without
/// a direction in which nothing changes.
/// </summary>
public sealed class SearchSpace
{
    private const int MaximalLevels = 1_000_000;
    private const double Tolerance = 1e-9; // of a coefficient's range

    private readonly double[] _constants; // what candidates are before the parts write theirs

    /// <summary>Checks and keeps the coefficients.</summary>
    /// <param name="coefficients">At least one, with unique names and finite bounds, each initial value within its own.</param>
    /// <param name="constraints">What they must satisfy beyond their bounds, or null for nothing.</param>
    /// <exception cref="ArgumentException">A rule is broken, or nothing is left to search; the message names the coefficient.</exception>
    public SearchSpace(IReadOnlyList<Coefficient> coefficients, IReadOnlyList<SpaceConstraint>? constraints = null)
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

            if (Fault(coefficient) is { } fault)
            {
                throw new ArgumentException($"Coefficient '{coefficient.Name}' {fault}.", nameof(coefficients));
            }
        }

        Coefficients = coefficients;
        Constraints = constraints ?? [];
        (Parts, _constants) = SpaceAssembly.Assemble(coefficients, Constraints);
        Axes = [.. Parts.SelectMany(part => part.Axes)];
        double[] start = Encode([.. coefficients.Select(coefficient => coefficient.Initial)]);
        Axes = [.. Axes.Select((axis, i) => axis with { Start = start[i] })];
    }

    /// <summary>The coefficients, in the order of candidate vectors.</summary>
    public IReadOnlyList<Coefficient> Coefficients { get; }

    /// <summary>What the coefficients satisfy beyond their bounds.</summary>
    public IReadOnlyList<SpaceConstraint> Constraints { get; }

    /// <summary>How many numbers a candidate has.</summary>
    public int Dimension => Coefficients.Count;

    /// <summary>What strategies search: at least one axis, at most one a coefficient.</summary>
    public IReadOnlyList<SearchAxis> Axes { get; }

    /// <summary>The coefficients by the axes that decide them.</summary>
    internal IReadOnlyList<SpacePart> Parts { get; }

    /// <summary>The coefficients that no axis decides, and their values.</summary>
    internal IEnumerable<(int Index, double Value)> Constants => _constants.Index().ExceptBy(Parts.SelectMany(part => part.Indices), one => one.Index);

    /// <summary>The candidate that a point stands for.</summary>
    /// <param name="point">One number in [0, 1] an axis.</param>
    /// <returns>One value a coefficient, feasible.</returns>
    /// <exception cref="ArgumentException">The point has not one number in [0, 1] an axis.</exception>
    public double[] Decode(ReadOnlySpan<double> point)
    {
        if (point.Length != Axes.Count)
        {
            throw new ArgumentException($"A point of this space has {Axes.Count} numbers, got {point.Length}.", nameof(point));
        }

        for (int i = 0; i < point.Length; i++)
        {
            if (!(point[i] is >= 0 and <= 1))
            {
                throw new ArgumentException($"A point's numbers lie in [0, 1], got {point[i]} for '{Axes[i].Name}'.", nameof(point));
            }
        }

        double[] coefficients = [.. _constants];
        foreach (SpacePart part in Parts)
        {
            part.Decode(point[..part.Axes.Count], coefficients);
            point = point[part.Axes.Count..];
        }

        return coefficients;
    }

    /// <summary>The point that stands for a candidate, or for the feasible candidate nearest to it.</summary>
    /// <param name="coefficients">One finite value a coefficient.</param>
    /// <returns>One number in [0, 1] an axis; the middle of its cell where an axis has levels.</returns>
    /// <exception cref="ArgumentException">There is not one finite value a coefficient.</exception>
    public double[] Encode(IReadOnlyList<double> coefficients)
    {
        if (coefficients.Count != Dimension)
        {
            throw new ArgumentException($"A candidate of this space has {Dimension} coefficients, got {coefficients.Count}.", nameof(coefficients));
        }

        for (int i = 0; i < coefficients.Count; i++)
        {
            if (!double.IsFinite(coefficients[i]))
            {
                throw new ArgumentException($"Coefficient '{Coefficients[i].Name}' must be finite, got {coefficients[i]}.", nameof(coefficients));
            }
        }

        double[] point = new double[Axes.Count];
        Span<double> rest = point;
        foreach (SpacePart part in Parts)
        {
            part.Encode(coefficients, rest[..part.Axes.Count]);
            rest = rest[part.Axes.Count..];
        }

        return point;
    }

    /// <summary>Whether a candidate satisfies the bounds and constraints, but for rounding.</summary>
    /// <param name="coefficients">One finite value a coefficient.</param>
    /// <exception cref="ArgumentException">There is not one finite value a coefficient.</exception>
    public bool Contains(IReadOnlyList<double> coefficients) => Decode(Encode(coefficients)).Index()
        .All(nearest => Math.Abs(nearest.Item - coefficients[nearest.Index]) <= Tolerance * (Coefficients[nearest.Index].Upper - Coefficients[nearest.Index].Lower));

    /// <summary>Whether the start is what another strategy recommends: trials of others say what lies around it and do not move it.</summary>
    public bool KeepsStart { get; private init; }

    /// <summary>The same space with a start that a strategy recommends.</summary>
    /// <param name="coefficients">One value a coefficient, or what is nearest to it within the bounds.</param>
    public SearchSpace StartingAt(IReadOnlyList<double> coefficients)
    {
        double[] start = Decode(Encode(coefficients));
        return new SearchSpace([.. Coefficients.Select((coefficient, i) => coefficient with { Initial = Math.Clamp(start[i], coefficient.Lower, coefficient.Upper) })], Constraints) { KeepsStart = true };
    }

    private static string? Fault(Coefficient coefficient)
    {
        (double lower, double upper, double initial) = (coefficient.Lower, coefficient.Upper, coefficient.Initial);
        bool counts = coefficient.Kind != CoefficientKind.Float;
        return !double.IsFinite(lower) || !double.IsFinite(upper) || !(lower < upper) || !double.IsFinite(upper - lower) ? $"needs finite bounds with lower < upper, got [{lower}, {upper}]"
            : !(initial >= lower && initial <= upper) ? $"starts at {initial}, outside [{lower}, {upper}]"
            : coefficient.Scale == CoefficientScale.Log && (counts || !(lower > 0)) ? $"has a log scale, which needs a float with a positive lower bound, got {coefficient.Kind} [{lower}, {upper}]"
            : !counts ? null
            : !double.IsInteger(lower) || !double.IsInteger(upper) || !double.IsInteger(initial) ? $"takes whole numbers only, got [{lower}, {upper}] and a start at {initial}"
            : upper - lower >= MaximalLevels ? $"takes more than {MaximalLevels} whole numbers, [{lower}, {upper}]: make it a float"
            : null;
    }
}
