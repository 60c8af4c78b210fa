using Search.Controller;
using Search.Strategies;
using Search.Yaml;

namespace Search.Benchmarks;

/// <summary>A strategy that takes part, with its settings as a study would write them.</summary>
/// <param name="Label">Its name, then settings in the form <c>key=value</c>, all separated by commas: <c>cma_es,population=20</c>.</param>
public sealed record BenchmarkEntrant(string Label)
{
    /// <summary>Creates the strategy for a space.</summary>
    /// <param name="space">What it searches.</param>
    /// <param name="seed">The seed of its random numbers.</param>
    /// <param name="budget">How many evaluations it can count on, or null when that is not known.</param>
    /// <param name="objectives">How many objectives candidates have.</param>
    /// <returns>The strategy, which has proposed nothing yet.</returns>
    /// <exception cref="StudyException">There is no such strategy or setting, or the strategy needs derivatives.</exception>
    public ISearchStrategy Create(SearchSpace space, long seed, long? budget, int objectives = 1)
    {
        YamlMap map = YamlMap.Of($"strategy '{Label}'", [.. Label.Split(',').Select((part, i) => i == 0 ? $"name={part}" : part)]);
        var limits = new StrategyLimits(space.Coefficients.Min(coefficient => coefficient.Lower), space.Coefficients.Max(coefficient => coefficient.Upper), 1);
        StrategySettings settings = StrategyList.Read(map, limits);
        return settings.NeedsGradient
            ? throw new StudyException($"strategy '{Label}': needs derivatives, which these functions do not give.")
            : settings.Mismatch(objectives) is { } mismatch
            ? throw new StudyException($"strategy '{Label}': {mismatch}.")
            : settings.Create(space, new StrategyContext(seed, 1, budget) { Objectives = objectives });
    }
}
