using Search.Yaml;

namespace Search.Strategies.AdaMerging;

/// <summary>What a study says of AdaMerging.</summary>
/// <param name="Options">The settings.</param>
public sealed record AdaMergingSettings(AdaMergingOptions Options) : StrategySettings("adamerging", true)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new AdaMergingStrategy(space, Options);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("learning_rate", YamlText.Number(Options.LearningRate)),
        ("schedule", YamlText.Word(Options.Schedule)),
        ("steps", Options.Steps),
        ("batch", (object?)Options.Batch ?? "all"),
        ("clamp", Options.Clamp),
        ("checkpoint", Options.Checkpoint),
        ("beta1", YamlText.Number(Options.Beta1)),
        ("beta2", YamlText.Number(Options.Beta2)),
        ("early_stop", Options.EarlyStop is { } stop
            ? YamlText.Present([("patience", stop.Patience), ("margin", YamlText.Number(stop.Margin))])
            : null),
    ];

    internal static AdaMergingSettings Read(YamlMap map, StrategyLimits limits)
    {
        var defaults = new AdaMergingOptions();
        bool clamp = map.Choice("clamp", "false", "false", "true") == "true";
        if (clamp && (limits.Lower > 1 || limits.Upper < 0))
        {
            throw map.Error("clamp", $"needs bounds that overlap [0, 1], got merge.bounds: [{limits.Lower}, {limits.Upper}]");
        }

        return new AdaMergingSettings(defaults with
        {
            LearningRate = map.Number("learning_rate", 1e-9, 10) ?? defaults.LearningRate,
            Schedule = map.Choice("schedule", "constant", "constant", "cosine") == "cosine" ? LearningRateSchedule.Cosine : LearningRateSchedule.Constant,
            Steps = (int)(map.Integer("steps", 1, 100_000_000) ?? defaults.Steps),
            Batch = map.Text("batch") == "all" ? null : (int)(map.Integer("batch", 1, 1_000_000) ?? defaults.Batch!.Value),
            Clamp = clamp,
            Checkpoint = (int)(map.Integer("checkpoint", 1, 100_000_000) ?? defaults.Checkpoint),
            Beta1 = map.Number("beta1", 0, 0.999999) ?? defaults.Beta1,
            Beta2 = map.Number("beta2", 0, 0.99999999) ?? defaults.Beta2,
            EarlyStop = map.Has("early_stop") ? ReadEarlyStop(map.Map("early_stop")) : null,
        });
    }

    private static EarlyStop ReadEarlyStop(YamlMap map)
    {
        var defaults = new EarlyStop();
        var stop = new EarlyStop
        {
            Patience = (int)(map.Integer("patience", 1, 1_000_000) ?? defaults.Patience),
            Margin = map.Number("margin", 0) ?? defaults.Margin,
        };
        map.End();
        return stop;
    }
}
