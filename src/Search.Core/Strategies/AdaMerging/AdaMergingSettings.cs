using Search.Yaml;

namespace Search.Strategies.AdaMerging;

/// <summary>What a study says of AdaMerging.</summary>
/// <param name="Options">The settings.</param>
public sealed record AdaMergingSettings(AdaMergingOptions Options) : StrategySettings("adamerging", true)
{
    private static readonly Dictionary<string, CoefficientConstraint> Constraints =
        new() { ["none"] = CoefficientConstraint.None, ["simplex"] = CoefficientConstraint.Simplex, ["affine"] = CoefficientConstraint.Affine };

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new AdaMergingStrategy(space, Options with { GroupSize = context.Experts });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("learning_rate", YamlText.Number(Options.LearningRate)),
        ("schedule", YamlText.Word(Options.Schedule)),
        ("steps", Options.Steps),
        ("batch", (object?)Options.Batch ?? "all"),
        ("clamp", Options.Constraint == CoefficientConstraint.Clamp),
        ("constraint", Options.Constraint == CoefficientConstraint.Clamp ? "none" : YamlText.Word(Options.Constraint)),
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
        CoefficientConstraint constraint = Constraints[map.Choice("constraint", "none", [.. Constraints.Keys])];
        if (clamp && constraint != CoefficientConstraint.None)
        {
            throw map.Error("clamp", $"goes with constraint: none only, got constraint: {YamlText.Word(constraint)}");
        }

        string? lack = constraint switch
        {
            CoefficientConstraint.Simplex or CoefficientConstraint.Affine when limits.Experts < 2 => "at least 2 experts, got 1",
            CoefficientConstraint.Simplex when limits.Lower > 0 || limits.Upper < 1 => $"bounds that hold 0 and 1, got merge.bounds: [{limits.Lower}, {limits.Upper}]",
            CoefficientConstraint.Affine when limits.Experts * limits.Lower > 1 || limits.Experts * limits.Upper < 1 =>
                $"bounds between which {limits.Experts} coefficients can have the sum 1, got merge.bounds: [{limits.Lower}, {limits.Upper}]",
            _ when clamp && (limits.Lower > 1 || limits.Upper < 0) => $"bounds that overlap [0, 1], got merge.bounds: [{limits.Lower}, {limits.Upper}]",
            _ => null,
        };
        if (lack is not null)
        {
            throw map.Error(clamp ? "clamp" : "constraint", $"needs {lack}");
        }

        return new AdaMergingSettings(defaults with
        {
            LearningRate = map.Number("learning_rate", 1e-9, 10) ?? defaults.LearningRate,
            Schedule = map.Choice("schedule", "constant", "constant", "cosine") == "cosine" ? LearningRateSchedule.Cosine : LearningRateSchedule.Constant,
            Steps = (int)(map.Integer("steps", 1, 100_000_000) ?? defaults.Steps),
            Batch = map.Text("batch") == "all" ? null : (int)(map.Integer("batch", 1, 1_000_000) ?? defaults.Batch!.Value),
            Constraint = clamp ? CoefficientConstraint.Clamp : constraint,
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
