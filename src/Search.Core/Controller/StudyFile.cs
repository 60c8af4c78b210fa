using System.Globalization;
using System.Text.RegularExpressions;
using Search.Checkpoints;
using Search.Controller.Racing;
using Search.Evaluation;
using Search.Merging;
using Search.Merging.Operators;
using Search.Results;
using Search.Strategies;
using Search.Strategies.CmaEs;
using Search.Strategies.Sequence;
using Search.Yaml;

namespace Search.Controller;

/// <summary>Reads study files. Every key has a default except <c>model</c>, <c>tasks</c> and <c>budget</c>; unknown keys are errors.</summary>
public static class StudyFile
{
    internal static readonly IReadOnlyDictionary<string, BufferPolicy> BufferPolicies =
        new Dictionary<string, BufferPolicy> { ["average"] = BufferPolicy.Average, ["base"] = BufferPolicy.Base };

    internal static readonly IReadOnlyDictionary<string, TensorType> Storages =
        new Dictionary<string, TensorType> { ["float32"] = TensorType.F32, ["bfloat16"] = TensorType.BF16, ["float16"] = TensorType.F16 };

    private static readonly Dictionary<string, GroupSum> Sums =
        new() { ["none"] = GroupSum.None, ["simplex"] = GroupSum.Simplex, ["affine"] = GroupSum.Affine };

    /// <summary>Reads and checks a study.</summary>
    /// <param name="path">The YAML file; the paths in it are relative to its folder.</param>
    /// <param name="overrides">Settings in the form <c>key.key=value</c> that replace the file's.</param>
    /// <param name="requireFiles">Whether the files it names must be there.</param>
    /// <returns>The study with every default filled in.</returns>
    /// <exception cref="StudyException">A key is unknown, missing or out of range, or a file is missing; the message names the line.</exception>
    public static StudyDefinition Read(string path, IReadOnlyList<string> overrides, bool requireFiles = true)
    {
        YamlMap root = YamlMap.Load(path, overrides, requireFiles);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

        string name = root.Text("name") ?? Path.GetFileName(folder);
        RequireFileName(root, "name", name);

        EvaluatorDefinition evaluator = ReadEvaluator(root.Map("evaluator"), folder);
        ModelDefinition model = ReadModel(Required(root, "model"), folder, evaluator.Command is not null);
        string[] experts = [.. model.Experts.Select(expert => expert.Name)];
        var study = new StudyDefinition
        {
            Name = name,
            Model = model,
            Tasks = evaluator.Command is { } command ? ReadCommandTasks(root, command.Roles, experts) : ReadTasks(Required(root, "tasks"), folder, experts),
            Inputs = ReadInputs(root.Map("inputs")),
            Merge = ReadMerge(root.Map("merge"), experts, folder),
            Objectives = [],
            Strategy = new CmaEsSettings(new CmaEsOptions()),
            Evaluator = evaluator,
            Budget = ReadBudget(Required(root, "budget")),
            Seed = root.Integer("seed", 0) ?? 0,
            Racing = root.Has("racing") ? RacingSection.Read(root.Map("racing")) : null,
        };
        study = study with { Objectives = ObjectiveSection.Read(root, [.. study.Tasks.Select(task => task.Name)], evaluator.Command is not null) };
        study = study with { Constraints = ConstraintSection.Read(root, study) };
        var limits = new StrategyLimits(study.Merge.Lower, study.Merge.Upper, study.Merge.Operator.Columns(experts).Count) { Objectives = study.ObjectiveCount };
        study = study with { Strategy = ReadStrategy(root, limits, study.Budget.Planned) };
        if (study.Merge.Operator.IsPerTask && study.Tasks.FirstOrDefault(task => task.Expert is null) is { } lost)
        {
            throw root.Error("tasks", $"must say which expert knows '{lost.Name}', because operator {study.Merge.Operator.Name} has one model a task");
        }

        root.End();
        return study;
    }

    internal static IReadOnlyList<ExpertDefinition> ReadExperts(YamlMap map, string folder)
    {
        ExpertDefinition[] experts = [.. map.Keys.Select(name =>
        {
            RequireFileName(map, name, name);
            if (!map.IsMap(name))
            {
                return new ExpertDefinition(name, ExistingPath(map, name, folder));
            }

            YamlMap own = map.Map(name);
            var expert = new ExpertDefinition(name, ExistingPath(own, "path", folder), own.Has("base") ? ExistingPath(own, "base", folder) : null);
            own.End();
            return expert;
        })];
        return experts.Length > 0 ? experts : throw new StudyException($"{map.File}: 'experts' needs at least one entry of the form name: checkpoint.");
    }

    internal static IReadOnlyList<string> ReadPatterns(YamlMap map, string key)
    {
        IReadOnlyList<string> patterns = map.Texts(key);
        foreach (string pattern in patterns)
        {
            RequirePattern(map, key, pattern, "must hold regular expressions");
        }

        return patterns;
    }

    private static KeyValuePair<string, string>[] ReadRename(YamlMap map) => [.. map.Keys.Select(pattern =>
    {
        RequirePattern(map, pattern, pattern, "must be a regular expression");
        return KeyValuePair.Create(pattern, map.AnyText(pattern));
    })];

    internal static void RequirePattern(YamlMap map, string key, string pattern, string rule)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant);
        }
        catch (ArgumentException exception)
        {
            throw map.Error(key, $"{rule}, got '{pattern}': {exception.Message}");
        }
    }

    internal static string ExistingPath(YamlMap map, string key, string folder)
    {
        string written = map.RequiredText(key);
        string path = Path.GetFullPath(written, folder);
        if (!map.RequireFiles || File.Exists(path) || Directory.Exists(path))
        {
            return path;
        }

        string parent = Path.GetDirectoryName(path)!;
        IEnumerable<string> there = Directory.Exists(parent) ? Directory.EnumerateFileSystemEntries(parent).Select(entry => Path.GetFileName(entry)!) : [];
        throw map.Error(key, $"names a file that is not there: '{written}' (looked for {path}){NearestName.Hint(Path.GetFileName(path), there)}");
    }

    // What becomes a file's or folder's name must not lead anywhere else.
    private static void RequireFileName(YamlMap map, string key, string name)
    {
        if (!RunDirectory.IsName(name))
        {
            throw map.Error(key, $"becomes a file's name and must not be '.', '..' or hold '/', got '{name}'");
        }
    }

    private static YamlMap Required(YamlMap root, string key) => root.Has(key) ? root.Map(key) : throw root.Missing(key);

    private static ModelDefinition ReadModel(YamlMap map, string folder, bool hasCommand)
    {
        var model = new ModelDefinition(
            hasCommand && !map.Has("graph") ? null : ExistingPath(map, "graph", folder),
            ExistingPath(map, "base", folder),
            map.Has("experts") ? ReadExperts(map.Map("experts"), folder) : throw map.Missing("experts"),
            ReadPatterns(map, "private"))
        {
            Rename = ReadRename(map.Map("rename")),
        };
        map.End();
        return model;
    }

    private static TaskDefinition[] ReadTasks(YamlMap map, string folder, IReadOnlyList<string> experts)
    {
        TaskDefinition[] tasks = [.. map.Keys.Select(name => ReadTask(map.Map(name), name, folder, experts))];
        if (tasks.Length == 0)
        {
            throw new StudyException($"{map.File}: 'tasks' needs at least one task.");
        }

        foreach (IGrouping<string, DataRole> file in tasks.SelectMany(task => task.Batches).GroupBy(batch => batch.Value, batch => batch.Key))
        {
            if (file.Distinct().Count() > 1)
            {
                throw map.Error(tasks[0].Name, $"and the other tasks use {file.Key} in several roles ({string.Join(", ", file.Distinct())}): what is optimised on is never reported");
            }
        }

        if (tasks.FirstOrDefault(task => task.Batches.ContainsKey(DataRole.Select) != tasks[0].Batches.ContainsKey(DataRole.Select)) is { } odd)
        {
            throw map.Error(odd.Name, "must have 'select' batches if, and only if, the other tasks have: they pick one winner together");
        }

        return tasks;
    }

    // What a command scores on is its own affair: a task is a name that it prints scores under, and there is one where the study has none.
    private static TaskDefinition[] ReadCommandTasks(YamlMap root, IReadOnlyList<DataRole> roles, IReadOnlyList<string> experts)
    {
        YamlMap tasks = root.Map("tasks");
        return [.. tasks.Keys.DefaultIfEmpty("all").Select(name =>
        {
            YamlMap task = tasks.Map(name);
            string? expert = task.Has("expert") || experts.Contains(name) ? task.Choice("expert", name, experts) : null;
            task.End();
            return new TaskDefinition(name, expert, new Dictionary<DataRole, string>()) { Roles = roles };
        })];
    }

    private static TaskDefinition ReadTask(YamlMap map, string name, string folder, IReadOnlyList<string> experts)
    {
        string expert = map.Choice("expert", experts.Contains(name) ? name : "", experts);
        var batches = new SortedDictionary<DataRole, string> { [DataRole.Search] = ExistingPath(map, "search", folder) };
        foreach ((string key, DataRole role) in new[] { ("select", DataRole.Select), ("report", DataRole.Report) })
        {
            if (map.Has(key))
            {
                batches[role] = ExistingPath(map, key, folder);
            }
        }

        map.End();
        return new TaskDefinition(name, expert, batches);
    }

    private static SortedDictionary<string, AffineMap> ReadInputs(YamlMap map)
    {
        var inputs = new SortedDictionary<string, AffineMap>(StringComparer.Ordinal);
        foreach (string name in map.Keys)
        {
            YamlMap input = map.Map(name);
            inputs[name] = new AffineMap(input.Number("scale") ?? 1, input.Number("offset") ?? 0);
            input.End();
        }

        return inputs;
    }

    private static MergeDefinition ReadMerge(YamlMap map, IReadOnlyList<string> experts, string folder)
    {
        YamlMap settings = map.Map("settings");
        MergeOperator merge = OperatorList.Read(map.Choice("operator", "task_arithmetic", OperatorList.Names), settings);
        if (merge.Settings(experts).FirstOrDefault(setting => experts.Contains(setting.Setting)) is { } taken)
        {
            throw map.Error("settings", $"searches '{taken.Setting}', which is the name of an expert too; rename the expert");
        }

        int columns = merge.Columns(experts).Count;
        TensorGrouping granularity = GranularitySection.Read(map);
        IReadOnlyList<string> blocks = ReadPatterns(map, "blocks");
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> kinds = GranularitySection.ReadKinds(map);
        IReadOnlyList<string> only = GranularitySection.ReadFilter(map, "only");
        IReadOnlyList<string> except = GranularitySection.ReadFilter(map, "except");
        IReadOnlyList<double> bounds = map.Numbers("bounds") ?? [merge.Bounds.Lower, merge.Bounds.Upper];
        if (bounds.Count != 2 || !(bounds[0] < bounds[1]))
        {
            throw map.Error("bounds", $"must be [lower, upper] with lower < upper, got [{string.Join(", ", bounds)}]");
        }

        InitialPoint initial = InitialSection.Read(map, merge, experts, bounds[0], bounds[1], folder);
        if (map.Has("chunks") && granularity is GranularityGrouping { Granularity: Granularity.Model })
        {
            throw map.Error("chunks", "goes with a granularity of several groups, got granularity: model");
        }

        ChunkDefinition chunks = ReadChunks(map.Map("chunks"), columns, folder);
        if (granularity is DepthProfile && chunks is not { Run: null, Counts.Count: 0 })
        {
            throw map.Error("chunks", "can only have 'fixed' with a profile, whose blocks have no coefficients of their own to cut");
        }

        MergeConstraints constraints = ReadConstraints(map, merge, bounds[0], bounds[1], experts);
        BufferPolicy buffers = BufferPolicies[settings.Choice("buffers", "average", [.. BufferPolicies.Keys])];
        TensorType storage = Storages[map.Choice("storage", "float32", [.. Storages.Keys])];
        string? cache = map.Text("cache") is { } kept ? Path.GetFullPath(kept, folder) : null;
        settings.End();
        map.End();
        return new MergeDefinition(merge, granularity, blocks.Count > 0 ? blocks : TensorBlocks.DefaultPatterns, bounds[0], bounds[1], initial, buffers)
        {
            Kinds = kinds,
            Only = only,
            Except = except,
            Chunks = chunks,
            Constraints = constraints,
            Storage = storage,
            Cache = cache,
        };
    }

    private static ChunkDefinition ReadChunks(YamlMap map, int experts, string folder)
    {
        if (map.Has("run") && (map.Has("counts") || map.Has("fixed")))
        {
            throw map.Error(map.Has("counts") ? "counts" : "fixed", "says what 'run' decides; give one of them");
        }

        var chunks = new ChunkDefinition();
        if (map.Has("run"))
        {
            chunks = chunks with
            {
                Run = ExistingPath(map, "run", folder),
                Budget = map.Number("budget", 1e-6, 1e6) ?? chunks.Budget,
                Steepness = map.Number("steepness", 0, 100) ?? chunks.Steepness,
            };
        }
        else
        {
            YamlMap counts = map.Map("counts");
            YamlMap values = map.Map("fixed");
            chunks = chunks with
            {
                Counts = counts.Keys.ToDictionary(group => group, group => (int)counts.Integer(group, 1, 1_000_000)!.Value),
                Fixed = values.Keys.ToDictionary(group => group, group => values.Numbers(group) is { } each && each.Count == experts
                    ? each
                    : throw values.Error(group, $"must hold one number an expert, {experts} in all")),
            };
            counts.End();
            values.End();
        }

        map.End();
        return chunks;
    }

    private static MergeConstraints ReadConstraints(YamlMap map, MergeOperator merge, double lower, double upper, IReadOnlyList<string> names)
    {
        int experts = merge.Columns(names).Count;
        // Weights that are divided by their sum say the same at every scale: a direction in which nothing changes, unless their sum is given.
        GroupSum otherwise = !merge.DividesBySum || experts < 2 ? GroupSum.None : lower >= 0 ? GroupSum.Simplex : GroupSum.Affine;
        GroupSum sum = Sums[map.Choice("constraint", YamlText.Word(otherwise), [.. Sums.Keys])];
        if (sum == GroupSum.None && otherwise != GroupSum.None)
        {
            throw map.Error("constraint", $"must be simplex or affine for {merge.Name}, which divides weights by their sum");
        }

        if (sum != GroupSum.None && (experts < 2 || experts * (sum == GroupSum.Simplex ? Math.Max(lower, 0) : lower) >= 1 || experts * upper <= 1))
        {
            throw map.Error("constraint", $"is {YamlText.Word(sum)}, which needs bounds between which {experts} coefficients can have the sum 1 in more than one way, got merge.bounds: [{lower}, {upper}]");
        }

        (double Lower, double Upper) Bounds(string name) =>
            merge.Settings(names).FirstOrDefault(setting => setting.Name == name || setting.Setting == name) is { } setting ? (setting.Range.Lower, setting.Range.Upper) : (lower, upper);
        YamlMap values = map.Map("fixed");
        KeyValuePair<string, double>[] constants = [.. values.Keys.Select(name => KeyValuePair.Create(name, values.Number(name, Bounds(name).Lower, Bounds(name).Upper) ?? throw values.Error(name, "needs a number")))];
        return new MergeConstraints(sum, constants, map.TextLists("tie"));
    }

    // A mapping is one strategy, a list a sequence of them.
    private static StrategySettings ReadStrategy(YamlMap root, StrategyLimits limits, long? budget) => !root.IsList("strategy") ? StrategyList.Read(root.Map("strategy"), limits)
        : root.Maps("strategy") is { Count: > 0 } stages ? SequenceSettings.Read(stages, limits, budget)
        : throw root.Error("strategy", "needs at least one entry");

    private static EvaluatorDefinition ReadEvaluator(YamlMap map, string folder)
    {
        string engine = map.Choice("engine", "auto", "auto", "onnxruntime", "torch", CommandSection.Engine);
        string device = map.Text("device") ?? "auto";
        if (!Regex.IsMatch(device, "^(auto|cpu|cuda(:[0-9]+)?)$"))
        {
            throw map.Error("device", $"must be auto, cpu, cuda or cuda:i, got '{device}'");
        }

        var evaluator = new EvaluatorDefinition(
            engine, device, (int)(map.Integer("batch_size", 1, int.MaxValue) ?? 64), (int)(map.Integer("threads", 0, 4096) ?? 0),
            map.Number("collapse_floor", 0, 1) ?? CollapseGuard.DefaultFloor)
        {
            Vectors = map.Choice("vectors", "auto", "auto", "host", "float32", "bfloat16", "float16"),
            Command = engine == CommandSection.Engine ? CommandSection.Read(map, folder) : null,
        };
        map.End();
        return evaluator;
    }

    private static BudgetDefinition ReadBudget(YamlMap map)
    {
        var budget = new BudgetDefinition(map.Integer("evaluations", 1), ReadDuration(map, "time"), map.Number("target"));
        budget = budget with { Planned = map.Integer("planned", 1) ?? budget.Evaluations };
        map.End();
        return budget.Evaluations is null && budget.Time is null
            ? throw map.Missing("evaluations")
            : budget;
    }

    internal static TimeSpan? ReadDuration(YamlMap map, string key)
    {
        if (map.Text(key) is not { } text)
        {
            return null;
        }

        return Duration(text) ?? throw map.Error(key, $"must be a duration such as 90s, 30m, 2h or 1d, got '{text}'");
    }

    /// <summary>Reads a duration such as <c>90s</c>, <c>30m</c>, <c>2h</c> or <c>1d</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The duration, or null where the text is none.</returns>
    public static TimeSpan? Duration(string text)
    {
        Match match = Regex.Match(text, "^([0-9]+(?:\\.[0-9]+)?)(s|m|h|d)$");
        double seconds = match.Success ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        return seconds is > 0 and < 1e9 ? TimeSpan.FromSeconds(seconds * match.Groups[2].Value switch { "s" => 1, "m" => 60, "h" => 3600, _ => 86400 }) : null;
    }
}
