using Search.Yaml;

namespace Search.Strategies.Sequence;

/// <summary>What a study says of a sequence of strategies.</summary>
/// <param name="Stages">The strategies in their order, at least one.</param>
public sealed record SequenceSettings(IReadOnlyList<SequenceStage> Stages)
    : StrategySettings(string.Join(" → ", Stages.Select(stage => stage.Settings.Name)), Stages.Any(stage => stage.Settings.NeedsGradient))
{
    /// <inheritdoc/>
    public override IReadOnlyList<StrategySettings> Parts => [.. Stages.Select(stage => stage.Settings)];

    /// <inheritdoc/>
    public override bool SeeksFront => Parts.All(part => part.SeeksFront || part.TakesAnyObjectives) && !TakesAnyObjectives;

    /// <inheritdoc/>
    public override bool TakesAnyObjectives => Parts.All(part => part.TakesAnyObjectives);

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new SequenceStrategy(space, Stages, context);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => throw new NotSupportedException("A sequence is written as a list of its stages.");

    /// <inheritdoc/>
    public bool Equals(SequenceSettings? other) => other is not null && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc/>
    public override int GetHashCode() => Stages.Count;

    // A share becomes a number here, so that a resumed run does not divide another budget anew.
    internal static SequenceSettings Read(IReadOnlyList<YamlMap> maps, StrategyLimits limits, long? budget)
    {
        var stages = new List<SequenceStage>();
        foreach ((int index, YamlMap map) in maps.Index())
        {
            long? evaluations = map.Integer("evaluations", 1);
            if (map.Number("share", 1e-6, 1) is { } share)
            {
                evaluations = evaluations is not null ? throw map.Error("share", "and 'evaluations' exclude each other")
                    : budget is null ? throw map.Error("share", "needs budget.evaluations")
                    : Math.Max(1, (long)Math.Round(share * budget.Value));
            }

            if (evaluations is null && index < maps.Count - 1)
            {
                throw map.Missing("evaluations");
            }

            stages.Add(new SequenceStage(StrategyList.Read(map, limits), evaluations));
        }

        return new SequenceSettings(stages);
    }
}
