using Search.Strategies;
using Search.Yaml;

namespace Search.Controller;

/// <summary>Reads search spaces that no merge is behind: what <c>search ask-tell</c> searches.</summary>
public static class SpaceFile
{
    private static readonly Dictionary<string, CoefficientScale> Scales = new() { ["linear"] = CoefficientScale.Linear, ["log"] = CoefficientScale.Log };

    private static readonly Dictionary<string, CoefficientKind> Kinds =
        new() { ["float"] = CoefficientKind.Float, ["int"] = CoefficientKind.Integer, ["categorical"] = CoefficientKind.Categorical };

    /// <summary>Reads a space and creates a strategy that searches it.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="name">The strategy.</param>
    /// <param name="settings">Its settings in the form <c>key=value</c>.</param>
    /// <param name="seed">The seed of everything random.</param>
    /// <param name="objectives">How many objectives candidates have, or null for as many as the file says.</param>
    /// <returns>The strategy, which has proposed nothing yet.</returns>
    /// <exception cref="StudyException">A key is unknown, missing or out of range, or the strategy cannot search the space or so many objectives.</exception>
    public static ISearchStrategy CreateStrategy(string path, string name, IReadOnlyList<string> settings, long seed, int? objectives = null)
    {
        (SearchSpace space, int written, IReadOnlyList<double?> distances) = Read(path);
        int count = objectives ?? written;
        if (count < 1)
        {
            throw new StudyException($"--objectives must be at least 1, got {count}.");
        }

        double range = space.Coefficients.Max(coefficient => coefficient.Upper - coefficient.Lower);
        StrategySettings strategy = StrategyList.Read(YamlMap.Of("--set", [$"name={name}", .. settings]), new StrategyLimits(0, range, space.Dimension));
        if (strategy.NeedsGradient)
        {
            throw new StudyException($"strategy {name} needs derivatives, which nobody tells it here.");
        }

        if (strategy.Mismatch(count) is { } mismatch)
        {
            throw new StudyException($"{mismatch}.");
        }

        try
        {
            return strategy.Create(space, new StrategyContext(seed, space.Dimension, null) 
            {
                Objectives = count,
                Distance = distances.All(one => one is null) ? null : (first, second) => Distance(space, distances, first, second),
            }); // no tensors are behind the coefficients, so all are one group
        }
        catch (ArgumentException exception)
        {
            throw new StudyException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a space.</summary>
    /// <param name="path">The YAML file.</param>
    /// <returns>The space; how many objectives its candidates have, 1 where the file does not say; and for each coefficient how far the model moves from its least to its greatest value, null where the file does not say.</returns>
    /// <exception cref="StudyException">A key is unknown, missing or out of range, or nothing is left to search.</exception>
    public static (SearchSpace Space, int Objectives, IReadOnlyList<double?> Distances) Read(string path)
    {
        YamlMap root = YamlMap.Load(path, []);
        (Coefficient Coefficient, double? Distance)[] coefficients = [.. root.Maps("coefficients").Select(ReadCoefficient)];
        YamlMap constants = root.Map("fixed");
        SpaceConstraint[] constraints =
        [
            .. constants.Keys.Select(name => new FixedCoefficient(name, constants.Number(name) ?? throw constants.Error(name, "needs a number"))),
            .. root.TextLists("tie").Select(names => new TiedCoefficients(names)),
            .. root.TextLists("simplex").Select(names => new SimplexConstraint(names)),
            .. root.TextLists("affine").Select(names => new AffineConstraint(names)),
        ];
        int objectives = (int)(root.Integer("objectives", 1, 1000) ?? 1);
        root.End();
        try
        {
            return (new SearchSpace([.. coefficients.Select(one => one.Coefficient)], constraints), objectives, [.. coefficients.Select(one => one.Distance)]);
        }
        catch (ArgumentException exception)
        {
            throw new StudyException($"{path}: {exception.Message}", exception);
        }
    }

    private static (Coefficient Coefficient, double? Distance) ReadCoefficient(YamlMap map)
    {
        Coefficient coefficient = ReadRange(map, map.RequiredText("name"));
        coefficient = coefficient with { Initial = map.Number("initial") ?? coefficient.Initial };
        double? distance = map.Number("distance", 0);
        map.End();
        return (coefficient, distance);
    }

    // As if each coefficient moved the model in a direction of its own.
    private static double? Distance(SearchSpace space, IReadOnlyList<double?> distances, IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        double? squares = 0;
        foreach ((int index, Coefficient coefficient) in space.Coefficients.Index().Where(one => first[one.Index] != second[one.Index]))
        {
            double? moved = distances[index] * (first[index] - second[index]) / (coefficient.Upper - coefficient.Lower);
            squares += moved * moved;
        }

        return squares is { } known ? Math.Sqrt(known) : null;
    }

    /// <summary>Reads the bounds, the scale and the kind of a number; it starts in the middle of its range.</summary>
    /// <param name="map">Where they stand.</param>
    /// <param name="name">The number's name.</param>
    internal static Coefficient ReadRange(YamlMap map, string name)
    {
        double lower = map.Number("lower") ?? throw map.Missing("lower");
        double upper = map.Number("upper") ?? throw map.Missing("upper");
        CoefficientScale scale = Scales[map.Choice("scale", "linear", [.. Scales.Keys])];
        CoefficientKind kind = Kinds[map.Choice("kind", "float", [.. Kinds.Keys])];

        // The middle of the range as it is laid out.
        double middle = scale == CoefficientScale.Log && lower > 0 ? Math.Sqrt(lower) * Math.Sqrt(upper) : lower + ((upper - lower) / 2);
        return new Coefficient(name, lower, upper, kind == CoefficientKind.Float ? middle : Math.Floor(middle)) { Scale = scale, Kind = kind };
    }
}
