using Search.Strategies.Bayesian;
using Search.Yaml;

namespace Search.Strategies.Fronts;

/// <summary>What a study says of a strategy that looks for a front by Gaussian processes.</summary>
/// <param name="Name">The strategy's name.</param>
/// <param name="Options">The settings; the seed is the study's.</param>
public abstract record ProcessFrontSettings(string Name, ProcessFrontOptions Options) : StrategySettings(Name, false)
{
    /// <inheritdoc/>
    public override bool SeeksFront => true;

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("prior", Options.Prior), ("initial", Options.InitialPoints), ("batch", Options.BatchSize)];

    private protected static ProcessFrontOptions ReadOptions(YamlMap map)
    {
        var defaults = new ProcessFrontOptions();
        return defaults with
        {
            Prior = map.Choice("prior", defaults.Prior, [.. BayesianParts.Priors.Keys]),
            InitialPoints = (int?)map.Integer("initial", 2, 1_000_000),
            BatchSize = (int)(map.Integer("batch", 1, BayesianOptions.MaximalBatch) ?? defaults.BatchSize),
        };
    }
}
