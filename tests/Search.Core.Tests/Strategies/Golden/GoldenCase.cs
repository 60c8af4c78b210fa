using Search.Controller;
using Search.Strategies;
using Search.Strategies.Sequence;
using Search.Yaml;

namespace Search.Tests.Strategies.Golden;

/// <summary>A search whose candidates are on record in the CSV of its name.</summary>
/// <param name="Name">The file's name, without extension.</param>
/// <param name="Stages">The strategy as studies write it, settings separated by commas; several for a sequence.</param>
public sealed record GoldenCase(string Name, params string[] Stages)
{
    /// <summary>Which of the contract's spaces is searched.</summary>
    public string Space { get; init; } = "box";

    /// <summary>How many objectives candidates have.</summary>
    public int Objectives { get; init; } = 1;

    /// <summary>How many candidates are told before the first that is on record.</summary>
    public int Skip { get; init; }

    /// <summary>How many candidates are on record, unless the strategy ends before.</summary>
    public int Rows { get; init; } = 20;

    /// <summary>Whether every candidate is told the same objective, so that runs stop soon and restart.</summary>
    public bool IsFlat { get; init; }

    /// <summary>By how much a number may differ from the one on record, as a share of it, or of 1 where it is smaller.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <summary>Creates the strategy.</summary>
    /// <param name="space">What it searches.</param>
    public ISearchStrategy Create(SearchSpace space)
    {
        // Evaluations of a stage are written as if they were a setting.
        SequenceSettings stages = SequenceSettings.Read(
            [.. Stages.Select(stage => YamlMap.Of(Name, [.. stage.Split(',').Select((part, i) => i == 0 ? $"name={part}" : part)]))],
            new StrategyLimits(-0.5, 1.5, space.Dimension),
            null);
        var context = new StrategyContext(1, space.Dimension, null) { Objectives = Objectives };
        return stages.Stages is [var only] ? only.Settings.Create(space, context) : stages.Create(space, context);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
