using System.Globalization;
using Search.Checkpoints;
using Search.Controller;
using Search.Merging;
using Search.Merging.Operators;
using YamlDotNet.Serialization;

namespace Search.Cli.Export;

/// <summary>
/// Writes a candidate as a configuration of mergekit (github.com/arcee-ai/mergekit), where its operators say the same: task arithmetic, weighted
/// averages, its form of TIES, and the means on the sphere, with any coefficients that whole tensors have.
/// </summary>
internal static class MergekitConfig
{
    /// <summary>The file's name in an export.</summary>
    public const string FileName = "mergekit.yaml";

    // mergekit's slerp takes the chord above this cosine.
    private const double ParallelCosine = 0.9995;

    /// <summary>Writes the configuration.</summary>
    /// <param name="study">The study.</param>
    /// <param name="space">What its coefficients mean.</param>
    /// <param name="coefficients">The candidate.</param>
    /// <param name="folder">The folder it will lie in; models are named relative to it.</param>
    /// <returns>The text, or null with why mergekit cannot say it.</returns>
    public static (string? Text, string? Reason) Write(StudyDefinition study, MergeSpace space, IReadOnlyList<double> coefficients, string folder)
    {
        ModelFamily family = space.Merge.Source.Family;
        Dictionary<string, object> settings = study.Merge.Operator.Entries().Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!);
        bool Is(string key, string value) => Text(settings.GetValueOrDefault(key)) == value;
        (string Method, Dictionary<string, object> Options)? method = study.Merge.Operator switch
        {
            TaskArithmetic => ("task_arithmetic", new() { ["normalize"] = false }),
            WeightedAverage => ("linear", new() { ["normalize"] = true }),
            SparseSum when Is("variant", "mergekit") && study.Merge.Operator.Name == "ties" && Is("scope", "tensor") && Is("vote", "mass") && space.Dimension == space.WeightCount =>
                ("ties", new() { ["density"] = Plain(settings["density"]), ["normalize"] = Is("normalize", "true"), ["lambda"] = Plain(settings["lambda"]) }),
            Slerp { Space: SphericalSpace.Weights, Parallel: ParallelCosine } => ("slerp", []),
            NuSlerp { Space: SphericalSpace.Weights } => ("nuslerp", []),
            MultiSlerp { Space: SphericalSpace.Weights } => ("multislerp", []),
            Karcher { Space: SphericalSpace.Weights } => ("karcher", new() { ["max_iter"] = settings["iterations"], ["tol"] = Plain(settings["tolerance"]) }),
            _ => null,
        };
        string? reason = method is null ? $"mergekit has no operator {study.Merge.Operator.Name} with these settings"
            : family.OwnBases.Count > 0 ? "mergekit knows one base for all experts"
            : space.Groups.Where((_, group) => space.Elements(group * space.Merge.Columns.Count).Any(part => part.Length != family.Shared.First(tensor => tensor.Name == part.Tensor).ElementCount)).Any()
                ? "mergekit has no coefficients for parts of a tensor"
            : null;
        if (reason is not null || method is not { } chosen)
        {
            return (null, reason);
        }

        IReadOnlyDictionary<string, IReadOnlyList<double>> tensors = space.ByTensor(coefficients);
        if (study.Merge.Operator is TaskArithmetic && study.Merge.Buffers == BufferPolicy.Average)
        {
            // As coefficients that are alike.
            tensors = family.Shared.Index().ToDictionary(tensor => tensor.Item.Name, tensor => family.IsBuffer[tensor.Index] && !family.IsKept[tensor.Index]
                ? [.. family.Experts.Select(_ => 1.0 / family.Experts.Count)]
                : tensors[tensor.Item.Name]);
        }
        else if (family.IsBuffer.Contains(true) || family.IsKept.Contains(true))
        {
            return (null, "mergekit would merge what this study leaves out");
        }

        if (study.Merge.Operator is Karcher && tensors.Values.Any(values => values.Distinct().Count() > 1))
        {
            return (null, "mergekit's karcher weighs all models alike");
        }

        string Model(string path) => Path.GetRelativePath(folder, Path.GetFileName(path) is ModelExport.ModelFile or ModelExport.IndexFile ? Path.GetDirectoryName(path)! : path);
        Dictionary<string, object> parameters = chosen.Options;
        var models = new List<object>();
        bool isSlerp = study.Merge.Operator is Slerp;
        if (isSlerp)
        {
            parameters["t"] = Setting(tensors, 0);
        }

        foreach ((int index, (string _, Checkpoint expert)) in family.Experts.Index())
        {
            var model = new Dictionary<string, object> { ["model"] = Model(expert.Path) };
            if (!isSlerp && chosen.Method != "karcher")
            {
                model["parameters"] = new Dictionary<string, object> { ["weight"] = Setting(tensors, index) };
            }

            models.Add(model);
        }

        var config = new Dictionary<string, object> { ["merge_method"] = chosen.Method };
        if (isSlerp)
        {
            config["base_model"] = Model(family.Experts[0].Value.Path); // what t = 0 is
        }
        else if (chosen.Method is "task_arithmetic" or "ties")
        {
            config["base_model"] = Model(family.Base.Path);
        }

        config["models"] = models;
        if (parameters.Count > 0)
        {
            config["parameters"] = parameters;
        }

        config["dtype"] = "float32";
        return ("# For mergekit, run in this folder; it expects each model in a folder with its configuration and tokenizer."
            + (family.PrivateNames.Count > 0 ? "\n# It would merge tensors of single tasks too, which this study leaves to the experts: " + string.Join(", ", study.Model.Private) : "")
            + "\n" + new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(config), null);
    }

    // One number, or conditions of which mergekit takes the first whose filter is a part of the tensor's name.
    private static object Setting(IReadOnlyDictionary<string, IReadOnlyList<double>> tensors, int column)
    {
        double common = tensors.Values.GroupBy(values => values[column]).MaxBy(same => same.Count())!.Key;
        if (tensors.Values.All(values => values[column] == common))
        {
            return Number(common);
        }

        List<(string Filter, double Value)> conditions = [.. Shared(tensors, column, common)];
        string? At(string name) => conditions.FirstOrDefault(condition => name.Contains(condition.Filter, StringComparison.Ordinal)) is { Filter: not null } first ? Text(Number(first.Value)) : null;
        if (!tensors.All(tensor => (At(tensor.Key) ?? Text(Number(common))) == Text(Number(tensor.Value[column]))))
        {
            // Whole names, the longest first, so that none hides another that it is a part of.
            conditions = [.. tensors.Select(tensor => (tensor.Key, tensor.Value[column])).OrderByDescending(tensor => tensor.Key.Length).ThenBy(tensor => tensor.Key, StringComparer.Ordinal)];
        }

        return conditions.Select(condition => (object)new Dictionary<string, object> { ["filter"] = condition.Filter, ["value"] = Number(condition.Value) })
            .Append(new Dictionary<string, object> { ["value"] = Number(common) }).ToList();
    }

    // What the names with one value begin with, up to a dot.
    private static IEnumerable<(string Filter, double Value)> Shared(IReadOnlyDictionary<string, IReadOnlyList<double>> tensors, int column, double common)
    {
        foreach (IGrouping<double, string> same in tensors.Where(tensor => tensor.Value[column] != common).GroupBy(tensor => tensor.Value[column], tensor => tensor.Key))
        {
            string[] names = [.. same];
            int length = names.Min(name => name.Length);
            int alike = Enumerable.Range(0, length).TakeWhile(i => names.All(name => name[i] == names[0][i])).Count();
            int dot = names[0].LastIndexOf('.', Math.Max(0, alike - 1));
            string prefix = names.Length == 1 ? names[0] : dot < 0 ? "" : names[0][..(dot + 1)];
            foreach (string filter in prefix.Length > 0 ? [prefix] : names)
            {
                yield return (filter, same.Key);
            }
        }
    }

    private static object Number(double value) => Plain(Yaml.YamlText.Number(value));

    // A number that YAML reads as one: what has no exact decimal of 28 digits is so near to zero that it may be rounded.
    private static object Plain(object number) => number is string text ? decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : number;

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
