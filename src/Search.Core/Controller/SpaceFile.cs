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
    /// <returns>The strategy, which has proposed nothing yet.</returns>
    /// <exception cref="StudyException">A key is unknown, missing or out of range, or the strategy cannot search the space.</exception>
    public static ISearchStrategy CreateStrategy(string path, string name, IReadOnlyList<string> settings, long seed)
    {
        SearchSpace space = Read(path);
        double range = space.Coefficients.Max(coefficient => coefficient.Upper - coefficient.Lower);
        StrategySettings strategy = StrategyList.Read(YamlMap.Of("--set", [$"name={name}", .. settings]), new StrategyLimits(0, range, space.Dimension));
        if (strategy.NeedsGradient)
        {
            throw new StudyException($"strategy {name} needs derivatives, which nobody tells it here.");
        }

        try
        {
            return strategy.Create(space, new StrategyContext(seed, space.Dimension, null)); // no tensors are behind the coefficients, so all are one group
        }
        catch (ArgumentException exception)
        {
            throw new StudyException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a space of one objective.</summary>
    /// <param name="path">The YAML file.</param>
    /// <exception cref="StudyException">A key is unknown, missing or out of range, or nothing is left to search.</exception>
    public static SearchSpace Read(string path)
    {
        YamlMap root = YamlMap.Load(path, []);
        Coefficient[] coefficients = [.. root.Maps("coefficients").Select(ReadCoefficient)];
        YamlMap constants = root.Map("fixed");
        SpaceConstraint[] constraints =
        [
            .. constants.Keys.Select(name => new FixedCoefficient(name, constants.Number(name) ?? throw constants.Error(name, "needs a number"))),
            .. root.TextLists("tie").Select(names => new TiedCoefficients(names)),
            .. root.TextLists("simplex").Select(names => new SimplexConstraint(names)),
            .. root.TextLists("affine").Select(names => new AffineConstraint(names)),
        ];
        if (root.Integer("objectives", 1) is > 1 and var objectives)
        {
            throw root.Error("objectives", $"must be 1, because every strategy minimises one objective, got {objectives}");
        }

        root.End();
        try
        {
            return new SearchSpace(coefficients, constraints);
        }
        catch (ArgumentException exception)
        {
            throw new StudyException($"{path}: {exception.Message}", exception);
        }
    }

    private static Coefficient ReadCoefficient(YamlMap map)
    {
        double lower = map.Number("lower") ?? throw map.Missing("lower");
        double upper = map.Number("upper") ?? throw map.Missing("upper");
        CoefficientScale scale = Scales[map.Choice("scale", "linear", [.. Scales.Keys])];
        CoefficientKind kind = Kinds[map.Choice("kind", "float", [.. Kinds.Keys])];

        // The middle of the range as it is laid out.
        double middle = scale == CoefficientScale.Log && lower > 0 ? Math.Sqrt(lower) * Math.Sqrt(upper) : lower + ((upper - lower) / 2);
        double initial = map.Number("initial") ?? (kind == CoefficientKind.Float ? middle : Math.Floor(middle));
        var coefficient = new Coefficient(map.RequiredText("name"), lower, upper, initial) { Scale = scale, Kind = kind };
        map.End();
        return coefficient;
    }
}
