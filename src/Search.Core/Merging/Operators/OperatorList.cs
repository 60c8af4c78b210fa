using Search.Merging.Sparsifiers;
using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>The operators that studies and recipes can name.</summary>
public static class OperatorList
{
    private static readonly Dictionary<string, Func<YamlMap, MergeOperator>> Readers = new()
    {
        ["task_arithmetic"] = _ => new TaskArithmetic(),
        ["weighted_average"] = _ => new WeightedAverage(),
        ["ties"] = ReadTies,
        ["ties_split"] = map => new TiesSplit(map.Number("density", 0, 1) is not 0 and var density ? density ?? 0.2 : throw map.Error("density", "must be above 0 and at most 1, got 0"), Word(map, "scope", SparsifierScope.Global)),
        ["dare_linear"] = map => ReadDare("dare_linear", map, null),
        ["dare_ties"] = map => ReadDare("dare_ties", map, ReadRule(map, false)),
        ["breadcrumbs"] = map => ReadBreadcrumbs("breadcrumbs", map, null),
        ["breadcrumbs_ties"] = map => ReadBreadcrumbs("breadcrumbs_ties", map, ReadRule(map, false)),
        ["slerp"] = map => new Slerp(Word(map, "space", SphericalSpace.Weights), map.Number("parallel", 0, 1) ?? 0.9995),
        ["karcher"] = map => new Karcher(Word(map, "space", SphericalSpace.Weights), (int)(map.Integer("iterations", 0, 10_000) ?? 10), map.Number("tolerance", 0, 1) ?? 1e-5),
        ["model_stock"] = map => new ModelStock(Word(map, "negative", NegativeCosine.Clamp)),
        ["magmax"] = _ => new MagMax(),
        ["consensus"] = map => new ConsensusTaskArithmetic(map.Number("threshold", 0, 1000) ?? 0.4, (int)(map.Integer("tasks", 0, 1_000_000) ?? 2)),
    };

    /// <summary>The names, as studies write them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Readers.Keys];

    /// <summary>Reads an operator's settings.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="settings">The settings; the caller ends it.</param>
    /// <exception cref="Controller.StudyException">A setting is out of range.</exception>
    internal static MergeOperator Read(string name, YamlMap settings) => Readers[name](settings);

    private static Setting Density(YamlMap map, double otherwise) => Setting.Read(map, "density", otherwise, (at, key, value) =>
        Require(value is > 0 and <= 1, at, key, $"must be above 0 and at most 1, got {value}"));

    private static void Require(bool holds, YamlMap map, string key, string rule)
    {
        if (!holds)
        {
            throw map.Error(key, rule);
        }
    }

    // Rows have no tables: their preparation is for settings that are given.
    private static SparsifierScope Scope(YamlMap map, SparsifierScope otherwise, params IEnumerable<Setting> settings)
    {
        SparsifierScope scope = Word(map, "scope", otherwise);
        Require(scope != SparsifierScope.Row || !settings.Any(setting => setting.IsSearched), map, "scope", "must not be row where settings are searched; use tensor");
        return scope;
    }

    private static T Word<T>(YamlMap map, string key, T otherwise)
        where T : struct, Enum => map.Word(key, otherwise);

    private static MergeOperator ReadTies(YamlMap map)
    {
        const string mergekit = "mergekit";
        string variant = map.Choice("variant", Ties.Paper, Ties.Paper, Ties.FusionBench, mergekit);
        if (variant == mergekit)
        {
            Setting density = Density(map, 1);
            var trim = new MagnitudeSparsifier(density, Scope(map, SparsifierScope.Tensor, density), false);
            return new SparseSum("ties", trim, ReadRule(map, true)) { Variant = variant };
        }

        bool paper = variant == Ties.Paper;
        Setting kept = Density(map, 0.2);
        var consensus = new Consensus(
            Word(map, "vote", SignVote.Mass), Word(map, "tie", kept.IsSearched ? TieRule.Positive : TieRule.Majority), Word(map, "reduce", paper ? Reduction.Mean : Reduction.Sum));
        Require(!kept.IsSearched || consensus.Tie != TieRule.Majority, map, "tie", "must be positive or negative where density is searched, got majority, which every candidate would have to count");
        Require(!kept.IsSearched || consensus.Reduction != Reduction.Largest, map, "reduce", "must be mean or sum where density is searched, got largest");
        return new Ties(new MagnitudeSparsifier(kept, Scope(map, SparsifierScope.Global, kept), !paper), consensus);
    }

    // mergekit's form of TIES: the weights take part in the election. What it divides by unless told depends on the sparsifier.
    private static ReduceRule ReadRule(YamlMap map, bool divides) => new(
        Word(map, "vote", SignVote.Mass), map.Choice("normalize", divides ? "true" : "false", "true", "false") == "true", (float)(map.Number("lambda") ?? 1), true);

    private static SparseSum ReadDare(string name, YamlMap map, ReduceRule? rule)
    {
        Setting rate = Setting.Read(map, "drop_rate", 0.9, (at, key, value) => Require(value is >= 0 and < 1, at, key, $"must be at least 0 and below 1, got {value}"));
        Rescale rescale = Word(map, "rescale", map.Choice("variant", "paper", "paper", "mergekit") == "paper" ? Rescale.Expectation : Rescale.L1);
        return new SparseSum(name, new BernoulliSparsifier(rate, rescale, map.Integer("mask_seed", 0) ?? 0), rule);
    }

    private static SparseSum ReadBreadcrumbs(string name, YamlMap map, ReduceRule? rule)
    {
        bool paper = map.Choice("variant", "paper", "paper", "mergekit") == "paper";
        Setting density = Density(map, paper ? 0.15 : 0.9);
        Setting gamma = Setting.Read(map, "gamma", paper ? 0.006 : 0.01, (at, key, value) => Require(value is >= 0 and <= 1, at, key, $"must be from 0 to 1, got {value}"));
        var band = new BandSparsifier(density, gamma, Scope(map, paper && !density.IsSearched && !gamma.IsSearched ? SparsifierScope.Row : SparsifierScope.Tensor, density, gamma));
        return band.Scope == SparsifierScope.Global ? throw map.Error("scope", "must be tensor or row, got global") : new SparseSum(name, band, rule);
    }
}
