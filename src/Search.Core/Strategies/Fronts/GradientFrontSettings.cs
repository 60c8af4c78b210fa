using Search.Yaml;

namespace Search.Strategies.Fronts;

/// <summary>What a study says of descents to a front.</summary>
/// <param name="Options">The settings; the seed is the study's.</param>
public sealed record GradientFrontSettings(GradientFrontOptions Options) : StrategySettings("gradient_front", true)
{
    private static readonly string[] Directions = ["tchebycheff", "weighted_sum", "min_norm"];

    /// <inheritdoc/>
    public override bool SeeksFront => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new GradientFrontStrategy(space, context.Objectives, Options with { Seed = context.Seed });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("direction", Directions[(int)Options.Direction]),
        ("points", Options.Points),
        ("steps", Options.Steps),
        ("learning_rate", YamlText.Number(Options.LearningRate)),
        ("batch", (object?)Options.Batch ?? "all"),
        ("smoothing", YamlText.Number(Options.Smoothing)),
    ];

    internal static GradientFrontSettings Read(YamlMap map, StrategyLimits limits)
    {
        var defaults = new GradientFrontOptions();
        return new GradientFrontSettings(defaults with
        {
            Direction = (FrontDirection)Array.IndexOf(Directions, map.Choice("direction", Directions[0], Directions)),
            Points = (int?)map.Integer("points", 1, 1_000_000),
            Steps = (int)(map.Integer("steps", 1, 1_000_000) ?? defaults.Steps),
            LearningRate = map.Number("learning_rate", 1e-9, 10) ?? defaults.LearningRate,
            Batch = map.Text("batch") == "all" ? null : (int)(map.Integer("batch", 1, 1_000_000) ?? defaults.Batch!.Value),
            Smoothing = map.Number("smoothing", 1e-6, 1) ?? defaults.Smoothing,
        });
    }
}
