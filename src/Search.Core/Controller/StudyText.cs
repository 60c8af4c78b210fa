using System.Globalization;
using Search.Evaluation;
using Search.Merging;
using Search.Strategies;
using Search.Strategies.AdaMerging;
using YamlDotNet.Serialization;

namespace Search.Controller;

/// <summary>Writes a resolved study as YAML that <see cref="StudyFile.Read"/> reads back to the same study.</summary>
public static class StudyText
{
    /// <summary>Writes every key, defaults included.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">The folder the text will lie in; paths are written relative to it.</param>
    /// <returns>The YAML text.</returns>
    public static string Write(StudyDefinition study, string folder)
    {
        string Relative(string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');
        string Key<T>(IReadOnlyDictionary<string, T> words, T value) => words.First(word => EqualityComparer<T>.Default.Equals(word.Value, value)).Key;

        var text = new Dictionary<string, object>
        {
            ["name"] = study.Name,
            ["model"] = new Dictionary<string, object>
            {
                ["graph"] = Relative(study.Model.Graph),
                ["base"] = Relative(study.Model.Base),
                ["experts"] = study.Model.Experts.ToDictionary(expert => expert.Name, expert => Relative(expert.Path)),
                ["private"] = study.Model.Private,
                ["rename"] = study.Model.Rename.ToDictionary(rename => rename.Key, rename => rename.Value),
            },
            ["tasks"] = study.Tasks.ToDictionary(
                task => task.Name,
                task => (object)new[] { new KeyValuePair<string, string>("expert", task.Expert) }
                    .Concat(task.Batches.Select(batch => KeyValuePair.Create(Word(batch.Key), Relative(batch.Value))))
                    .ToDictionary()),
            ["inputs"] = study.Inputs.ToDictionary(
                input => input.Key, input => (object)new Dictionary<string, object> { ["scale"] = Number(input.Value.Scale), ["offset"] = Number(input.Value.Offset) }),
            ["merge"] = new Dictionary<string, object>
            {
                ["operator"] = Key(StudyFile.Operators, study.Merge.Operator),
                ["granularity"] = Word(study.Merge.Granularity),
                ["blocks"] = study.Merge.Blocks,
                ["bounds"] = new[] { Number(study.Merge.Lower), Number(study.Merge.Upper) },
                ["initial"] = Initial(study.Merge.Initial, Relative),
                ["settings"] = new Dictionary<string, object> { ["buffers"] = Key(StudyFile.BufferPolicies, study.Merge.Buffers) },
            },
            ["objectives"] = study.Objectives.Select(ObjectiveSection.Write).ToList(),
            ["strategy"] = Strategy(study.Strategy),
            ["evaluator"] = new Dictionary<string, object>
            {
                ["engine"] = study.Evaluator.Engine,
                ["device"] = study.Evaluator.Device,
                ["batch_size"] = study.Evaluator.BatchSize,
                ["threads"] = study.Evaluator.Threads,
                ["collapse_floor"] = Number(study.Evaluator.CollapseFloor),
            },
            ["budget"] = Present(
                ("evaluations", study.Budget.Evaluations),
                ("time", study.Budget.Time is { } time ? $"{Number(time.TotalSeconds)}s" : null),
                ("target", study.Budget.Target is { } target ? Number(target) : null)),
            ["seed"] = study.Seed,
        };
        return new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(text);
    }

    /// <summary>An enumeration's value as files write it: lower case.</summary>
    /// <param name="value">The value.</param>
    public static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static object Initial(InitialPoint point, Func<string, string> relative) => point switch
    {
        { Run: { } run } => new Dictionary<string, object> { ["run"] = relative(run) },
        { Values: [double all] } => Number(all),
        _ => point.Values.Select(Number).ToList(),
    };

    private static Dictionary<string, object> Strategy(StrategySettings settings) => settings switch
    {
        CmaEsSettings cma => Present(("name", cma.Name), ("sigma", Number(cma.Sigma)), ("population", cma.Population)),
        AdaMergingSettings { Options: var options } => Present(
            ("name", settings.Name),
            ("learning_rate", Number(options.LearningRate)),
            ("schedule", Word(options.Schedule)),
            ("steps", options.Steps),
            ("batch", (object?)options.Batch ?? "all"),
            ("clamp", options.Constraint == CoefficientConstraint.Clamp),
            ("constraint", options.Constraint == CoefficientConstraint.Clamp ? "none" : Word(options.Constraint)),
            ("checkpoint", options.Checkpoint),
            ("beta1", Number(options.Beta1)),
            ("beta2", Number(options.Beta2))),
        _ => throw new ArgumentOutOfRangeException(nameof(settings)),
    };

    // A plain scalar that reads back to the same bits.
    internal static object Number(double value) => decimal.TryParse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact) && (double)exact == value
        ? exact
        : value.ToString("R", CultureInfo.InvariantCulture);

    internal static Dictionary<string, object> Present(params IEnumerable<(string Key, object? Value)> entries) =>
        entries.Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!);
}
