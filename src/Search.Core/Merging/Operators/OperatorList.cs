using Search.Controller;
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
        ["ties_split"] = map => new TiesSplit(Fraction(map, "density", 0.2), Word(map, "scope", SparsifierScope.Global)),
        ["dare_linear"] = map => ReadDare("dare_linear", map, null),
        ["dare_ties"] = map => ReadDare("dare_ties", map, ReadRule(map, false)),
        ["breadcrumbs"] = map => ReadBreadcrumbs("breadcrumbs", map, null),
        ["breadcrumbs_ties"] = map => ReadBreadcrumbs("breadcrumbs_ties", map, ReadRule(map, false)),
        ["della_linear"] = map => ReadDella("della_linear", map, null),
        ["della"] = map => ReadDella("della", map, ReadRule(map, true)),
        ["masked"] = map => new SparseSum("masked", new GivenMaskSparsifier(Word(map, "rescale", Rescale.None), ReadFiles(map, GivenMaskSparsifier.Key)), null),
        ["slerp"] = map => new Slerp(Word(map, "space", SphericalSpace.Weights), map.Number("parallel", 0, 1) ?? 0.9995),
        ["nuslerp"] = map => new NuSlerp(Word(map, "space", SphericalSpace.Weights)),
        ["multislerp"] = map => new MultiSlerp(Word(map, "space", SphericalSpace.Weights)),
        ["karcher"] = map => new Karcher(Word(map, "space", SphericalSpace.Weights), (int)(map.Integer("iterations", 0, 10_000) ?? 10), map.Number("tolerance", 0, 1) ?? 1e-5),
        ["model_stock"] = map => new ModelStock(Word(map, "negative", NegativeCosine.Clamp)),
        ["magmax"] = _ => new MagMax(),
        ["sce"] = map => new Sce(Fraction(map, "density", 1), Word(map, "variant", SceVariant.Paper)),
        ["fisher"] = ReadFisher,
        ["gradient_matching"] = map => new GradientMatching(map.Number("prior", 0) ?? 0, ReadFiles(map, GradientMatching.Key, GradientMatching.BaseKey)),
        ["regmean"] = ReadRegMean,
        ["tsv_m"] = _ => new TaskSingularVectors(),
        ["iso_c"] = _ => new IsotropicMerge(null),
        ["iso_cts"] = map => new IsotropicMerge(map.Number("common", 0, 1) ?? 0.8),
        ["pcb"] = ReadCompetition,
        ["ext_sub"] = _ => new ExtractSubtract(),
        ["rws"] = _ => new RobustSignatures(),
        ["ethos"] = map => new Ethos(map.Number("threshold", 0) ?? 0.03),
        ["consensus"] = map => new ConsensusTaskArithmetic(map.Number("threshold", 0, 1000) ?? 0.4, (int)(map.Integer("tasks", 0, 1_000_000) ?? 2)),
        ["tall"] = map => new TallMasks(map.Number("threshold", 0, 1000) ?? 0.4),
        ["emr"] = map => new Emr(Word(map, "variant", EmrVariant.Paper)),
    };

    /// <summary>The names, as studies write them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Readers.Keys];

    /// <summary>Reads an operator's settings.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="settings">The settings; the caller ends it.</param>
    /// <exception cref="Controller.StudyException">A setting is out of range.</exception>
    internal static MergeOperator Read(string name, YamlMap settings) => Readers[name](settings);

    private static double Fraction(YamlMap map, string key, double otherwise) =>
        map.Number(key, 0, 1) is not 0 and var given ? given ?? otherwise : throw map.Error(key, "must be above 0 and at most 1, got 0");

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

    private static Fisher ReadFisher(YamlMap map) => new(
        map.Number("floor", 0) ?? 1e-6, Word(map, "floor_of", FisherFloor.First), map.Choice("normalize", "false", "true", "false") == "true", ReadFiles(map, Fisher.Key));

    private static RegMean ReadRegMean(YamlMap map) => new(
        map.Number("shrink", 0, 1) ?? 0.9,
        map.Number("ridge", 0, 1) ?? 0,
        map.Choice("orientation", "out_in", "out_in", "in_out") == "out_in" ? WeightOrientation.OutIn : WeightOrientation.InOut,
        ReadFiles(map, RegMean.Key));

    private static ParameterCompetition ReadCompetition(YamlMap map)
    {
        bool isCode = map.Choice("variant", "paper", "paper", "code") == "code";
        return new ParameterCompetition(Fraction(map, "density", isCode ? 0.1 : 0.2), isCode);
    }

    // One file an expert, whom the models say, and one of the base where there is a key for it.
    private static SettingFiles ReadFiles(YamlMap map, string key, string? ofBase = null)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(map.File))!;
        YamlMap files = map.Has(key) ? map.Map(key) : throw map.Missing(key);
        IEnumerable<SettingFile> experts = files.Keys.Select(expert => new SettingFile(key, expert, StudyFile.ExistingPath(files, expert, folder)));
        return new SettingFiles([.. experts, .. ofBase is not null && map.Has(ofBase) ? [new SettingFile(ofBase, null, StudyFile.ExistingPath(map, ofBase, folder))] : Array.Empty<SettingFile>()]);
    }

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

    private static SparseSum ReadDella(string name, YamlMap map, ReduceRule? rule)
    {
        // The paper's ε is by how much the probabilities differ at most, mergekit's by how much they differ from the density.
        bool paper = map.Choice("variant", "paper", "paper", "mergekit") == "paper";
        double density = Fraction(map, "density", paper ? 0.5 : 1);
        double epsilon = (paper ? 1 : 2) * (map.Number("epsilon", 0, 1) ?? (paper ? 0.3 : 0.15));
        (double least, double most) = (density - (epsilon / 2), density + (epsilon / 2));
        Require((density == 1 && epsilon <= 1) || (least > 0 && most < 1), map, "epsilon", FormattableString.Invariant($"must leave probabilities above 0 and below 1, got {least:0.######} to {most:0.######} with density: {density}"));
        Rescale rescale = Word(map, "rescale", paper ? Rescale.Expectation : Rescale.L1);
        var ranks = new RankSparsifier(density, epsilon, Word(map, "scope", SparsifierScope.Row), rescale, map.Integer("mask_seed", 0) ?? 0);
        return ranks.Scope == SparsifierScope.Global ? throw map.Error("scope", "must be tensor or row, got global") : new SparseSum(name, ranks, rule);
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
