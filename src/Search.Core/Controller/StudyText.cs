using Search.Controller.Racing;
using Search.Evaluation;
using Search.Merging;
using Search.Merging.Rules;
using Search.Strategies;
using Search.Strategies.Sequence;
using Search.Yaml;
using YamlDotNet.Serialization;

namespace Search.Controller;

/// <summary>Writes a resolved study as YAML that <see cref="StudyFile.Read"/> reads back to the same study.</summary>
public static class StudyText
{
    /// <summary>Writes every key, defaults included.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">The folder the text will lie in; paths are written relative to it.</param>
    /// <returns>The YAML text.</returns>
    public static string Write(StudyDefinition study, string folder) => Write(study, path => Path.GetRelativePath(folder, path).Replace('\\', '/'));

    // With something else in place of each path.
    internal static string Write(StudyDefinition study, Func<string, string> path)
    {
        string Key<T>(IReadOnlyDictionary<string, T> words, T value) => words.First(word => EqualityComparer<T>.Default.Equals(word.Value, value)).Key;

        var text = new Dictionary<string, object>
        {
            ["name"] = study.Name,
            ["model"] = YamlText.Present(
                ("graph", study.Model.Graph is { } graph ? path(graph) : null),
                ("base", path(study.Model.Base)),
                ("experts", study.Model.Experts.ToDictionary(expert => expert.Name, expert => expert.Base is null
                    ? path(expert.Path)
                    : (object)new Dictionary<string, object> { ["path"] = path(expert.Path), ["base"] = path(expert.Base) })),
                ("private", study.Model.Private),
                ("rename", study.Model.Rename.ToDictionary(rename => rename.Key, rename => rename.Value))),
            ["tasks"] = study.Tasks.ToDictionary(
                task => task.Name,
                task => (object)YamlText.Present([("expert", task.Expert), .. task.Batches.Select(batch => (YamlText.Word(batch.Key), (object?)path(batch.Value)))])),
            ["inputs"] = study.Inputs.ToDictionary(
                input => input.Key, input => (object)new Dictionary<string, object> { ["scale"] = YamlText.Number(input.Value.Scale), ["offset"] = YamlText.Number(input.Value.Offset) }),
            ["merge"] = YamlText.Present(
            [
                ("operator", study.Merge.Operator.Name),
                ("granularity", GranularitySection.Write(study.Merge.Granularity)),
                ("blocks", study.Merge.Blocks),
                ("kinds", study.Merge.Kinds.ToDictionary(kind => kind.Key, kind => kind.Value.ToList())),
                ("only", study.Merge.Only.ToList()), // lists of their own: one that stands twice is written as a reference
                ("except", study.Merge.Except.ToList()),
                ("chunks", Chunks(study.Merge.Chunks, path)),
                ("bounds", new[] { YamlText.Number(study.Merge.Lower), YamlText.Number(study.Merge.Upper) }),
                ("initial", Initial(study.Merge.Initial, path)),
                ("constraint", YamlText.Word(study.Merge.Constraints.Sum)),
                ("fixed", study.Merge.Constraints.Fixed.ToDictionary(one => one.Key, one => YamlText.Number(one.Value))),
                ("tie", study.Merge.Constraints.Tied),
                ("cache", study.Merge.Cache is { } cache ? path(cache) : null),
                ("storage", Key(StudyFile.Storages, study.Merge.Storage)),
                ("settings", YamlText.Present([.. study.Merge.Operator.Entries(), .. Files(study.Merge.Operator, path), ("buffers", Key(StudyFile.BufferPolicies, study.Merge.Buffers))])),
            ]),
            ["objectives"] = study.Objectives.Select(ObjectiveSection.Write).ToList(),
            ["strategy"] = study.Strategy is SequenceSettings sequence
                ? sequence.Stages.Select(stage => Strategy(stage.Settings, stage.Evaluations)).ToList()
                : Strategy(study.Strategy, null),
            ["evaluator"] = YamlText.Present(
            [
                ("engine", study.Evaluator.Engine),
                ("device", study.Evaluator.Device),
                ("vectors", study.Evaluator.Vectors),
                ("batch_size", study.Evaluator.BatchSize),
                ("threads", study.Evaluator.Threads),
                ("collapse_floor", YamlText.Number(study.Evaluator.CollapseFloor)),
                .. study.Evaluator.Command is { } command ? CommandSection.Write(command, path) : [],
            ]),
            ["budget"] = YamlText.Present(
                ("evaluations", study.Budget.Evaluations),
                ("planned", study.Budget.Planned),
                ("time", study.Budget.Time is { } time ? $"{YamlText.Number(time.TotalSeconds)}s" : null),
                ("target", study.Budget.Target is { } target ? YamlText.Number(target) : null)),
            ["seed"] = study.Seed,
        };
        if (study.Constraints.Count > 0)
        {
            text["constraints"] = study.Constraints.Select(ConstraintSection.Write).ToList();
        }

        if (study.Racing is { } racing)
        {
            text["racing"] = RacingSection.Write(racing);
        }

        return new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(text);
    }

    private static IEnumerable<(string Key, object? Value)> Files(MergeOperator merge, Func<string, string> relative) => merge.Files.All.GroupBy(file => file.Key)
        .Select(setting => (setting.Key, (object?)(setting.First().Expert is null
            ? relative(setting.First().Path)
            : setting.ToDictionary(file => file.Expert!, file => relative(file.Path)))));

    private static Dictionary<string, object>? Chunks(ChunkDefinition chunks, Func<string, string> relative) => chunks switch
    {
        { Run: { } run } => new() { ["run"] = relative(run), ["budget"] = YamlText.Number(chunks.Budget), ["steepness"] = YamlText.Number(chunks.Steepness) },
        { Counts.Count: 0, Fixed.Count: 0 } => null,
        _ => new() { ["counts"] = chunks.Counts, ["fixed"] = chunks.Fixed.ToDictionary(group => group.Key, group => group.Value.Select(YamlText.Number).ToList()) },
    };

    private static Dictionary<string, object> Strategy(StrategySettings settings, long? evaluations) =>
        YamlText.Present([("name", settings.Name), .. settings.Entries(), ("evaluations", evaluations)]);

    private static object Initial(InitialPoint point, Func<string, string> relative) => point switch
    {
        { Rule: { } rule } => YamlText.Present([.. RuleList.Write(rule), ("values", point.Values.Count > 0 ? point.Values.Select(YamlText.Number).ToList() : null)]),
        { Run: { } run } => new Dictionary<string, object> { ["run"] = relative(run) },
        { Values: [double all] } => YamlText.Number(all),
        _ => point.Values.Select(YamlText.Number).ToList(),
    };
}
