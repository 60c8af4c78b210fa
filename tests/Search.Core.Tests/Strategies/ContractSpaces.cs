using Search.Strategies;

namespace Search.Tests.Strategies;

/// <summary>A space of every kind that strategies must serve, and a smooth objective on any of them.</summary>
internal static class ContractSpaces
{
    public static IReadOnlyList<string> Names { get; } = ["box", "one", "log", "integer", "categorical", "mixed", "fixed", "tied", "simplex", "affine", "constrained"];

    public static SearchSpace Create(string name) => name switch
    {
        "box" => new(Floats("c", 4)),
        "one" => new(Floats("c", 1)),
        "log" => new([.. Floats("c", 2), new("log", 1e-4, 10, 0.1) { Scale = CoefficientScale.Log }]),
        "integer" => new([.. Floats("c", 2), new("integer", -3, 8, 0) { Kind = CoefficientKind.Integer }]),
        "categorical" => new([.. Floats("c", 2), new("category", 0, 3, 1) { Kind = CoefficientKind.Categorical }]),
        "mixed" => new(Mixed()),
        "fixed" => new(Floats("c", 4), [new FixedCoefficient("c1", 0.7)]),
        "tied" => new(Floats("c", 4), [new TiedCoefficients(["c0", "c2", "c3"])]),
        "simplex" => new(Floats("c", 4), [new SimplexConstraint(["c0", "c1", "c2", "c3"])]),
        "affine" => new(Floats("c", 4), [new AffineConstraint(["c0", "c1", "c2", "c3"])]),
        "constrained" => new(
            [.. Floats("a", 3), .. Floats("b", 4), .. Mixed()],
            [new SimplexConstraint(["a0", "a1", "a2"]), new AffineConstraint(["b0", "b1", "b2", "b3"]), new FixedCoefficient("b1", 0.4), new TiedCoefficients(["c0", "c1"])]),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "names no space"),
    };

    /// <summary>Quadratics around 0.2, 0.7 and so on of each coefficient's range.</summary>
    public static double[] Objectives(SearchSpace space, IReadOnlyList<double> coefficients, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Objective(space, coefficients, 0.2 + (0.5 * i)))];

    /// <summary>A quadratic around 0.2, or another part, of each coefficient's range; categories cost their number of steps from 2. Plain arithmetic: the same bits everywhere.</summary>
    public static double Objective(SearchSpace space, IReadOnlyList<double> coefficients, double centre = 0.2)
    {
        double sum = 0;
        for (int i = 0; i < coefficients.Count; i++)
        {
            double distance = Distance(space.Coefficients[i], coefficients[i], centre);
            sum += (1 + (0.1 * i)) * distance * distance;
        }

        return sum;
    }

    /// <summary>The derivative of each objective by each coefficient, objective by objective.</summary>
    public static double[] Gradient(SearchSpace space, IReadOnlyList<double> coefficients, int count) =>
        [.. Enumerable.Range(0, count).SelectMany(objective => coefficients.Select((value, i) =>
            (1 + (0.1 * i)) * 2 * Distance(space.Coefficients[i], value, 0.2 + (0.5 * objective)) / (space.Coefficients[i].Upper - space.Coefficients[i].Lower)))];

    /// <summary>Which rule a candidate breaks, or null.</summary>
    public static string? Fault(SearchSpace space, IReadOnlyList<double> coefficients)
    {
        if (coefficients.Count != space.Dimension)
        {
            return $"{coefficients.Count} coefficients";
        }

        foreach ((Coefficient rule, double value) in space.Coefficients.Zip(coefficients))
        {
            if (!(value >= rule.Lower && value <= rule.Upper) || (rule.Kind != CoefficientKind.Float && !double.IsInteger(value)))
            {
                return $"{rule.Name} = {value}";
            }
        }

        double Value(string name) => coefficients[space.Coefficients.Index().First(one => one.Item.Name == name).Index];
        return space.Constraints.FirstOrDefault(constraint => constraint switch
        {
            FixedCoefficient one => Value(one.Name) != one.Value,
            TiedCoefficients group => group.Names.Any(name => Math.Abs(Value(name) - Value(group.Names[0])) > 1e-12),
            SimplexConstraint group => Math.Abs(group.Names.Sum(Value) - 1) > 1e-9 || group.Names.Any(name => Value(name) < 0),
            SumConstraint group => Math.Abs(group.Names.Sum(Value) - 1) > 1e-9,
            _ => true,
        })?.ToString();
    }

    private static double Distance(Coefficient coefficient, double value, double centre) => coefficient.Kind == CoefficientKind.Categorical
        ? Math.Abs(value - 2) / 4
        : ((value - coefficient.Lower) / (coefficient.Upper - coefficient.Lower)) - centre;

    private static Coefficient[] Floats(string prefix, int count) => [.. Enumerable.Range(0, count).Select(i => new Coefficient($"{prefix}{i}", -0.5, 1.5, 0.3))];

    private static Coefficient[] Mixed() =>
    [
        .. Floats("c", 2),
        new("log", 1e-4, 10, 0.1) { Scale = CoefficientScale.Log },
        new("integer", -3, 8, 0) { Kind = CoefficientKind.Integer },
        new("category", 0, 3, 1) { Kind = CoefficientKind.Categorical },
    ];
}
