using Search.Yaml;

namespace Search.Strategies.Sampling;

/// <summary>What a study says of a grid.</summary>
/// <param name="Points">Values a coefficient, both bounds among them, or null for as many as the budget allows.</param>
public sealed record GridSettings(int? Points) : StrategySettings("grid", false)
{
    private const int Fewest = 2;
    private const int Most = 1000;

    /// <inheritdoc/>
    public override bool TakesAnyObjectives => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context)
    {
        long budget = context.Budget ?? long.MaxValue;
        int points = Points ?? Fewest;
        while (Points is null && context.Budget is not null && points < Most && space.Axes.Any(axis => axis.Levels == 0) && GridSampling.Size(space, points + 1) <= budget)
        {
            points++;
        }

        long size = GridSampling.Size(space, points);
        return size <= budget
            ? new SamplingStrategy(space, new GridSampling(space, points), context.Objectives)
            : throw new ArgumentException(
                $"a grid of {points} values for each of {space.Axes.Count} free coefficients has {(size == long.MaxValue ? "too many" : size)} points, which {budget} evaluations do not cover: use fewer coefficients, or sobol.", nameof(context));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("points", Points)];

    internal static GridSettings Read(YamlMap map, StrategyLimits limits) => new((int?)map.Integer("points", Fewest, Most));
}
