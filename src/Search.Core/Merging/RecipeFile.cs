using System.Text.RegularExpressions;
using Search.Checkpoints;
using Search.Controller;
using Search.Merging.Operators;
using Search.Merging.Rules;
using Search.Yaml;

namespace Search.Merging;

/// <summary>Reads recipe files: one merge, without a search.</summary>
public static class RecipeFile
{
    private static readonly Dictionary<string, TensorType> Types =
        new() { ["float32"] = TensorType.F32, ["float16"] = TensorType.F16, ["bfloat16"] = TensorType.BF16, ["float64"] = TensorType.F64 };

    /// <summary>The names that <c>dtype</c> can have.</summary>
    public static IReadOnlyList<string> TypeNames { get; } = [.. Types.Keys];

    /// <summary>The element type that a <c>dtype</c> stands for.</summary>
    /// <param name="name">One of <see cref="TypeNames"/>.</param>
    public static TensorType TypeOf(string name) => Types[name];

    /// <summary>Reads and checks a recipe.</summary>
    /// <param name="path">The YAML file; the paths in it are relative to its folder.</param>
    /// <returns>The recipe.</returns>
    /// <exception cref="StudyException">A key is unknown, missing or out of range; the message names the line.</exception>
    public static Recipe Read(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        YamlMap root = YamlMap.Load(path, []);
        YamlMap settings = root.Map("settings");
        MergeOperator merge = OperatorList.Read(root.Choice("operator", "task_arithmetic", OperatorList.Names), settings);
        IReadOnlyList<ExpertDefinition> experts = root.Has("experts") ? StudyFile.ReadExperts(root.Map("experts"), folder) : throw root.Missing("experts");
        string[] names = [.. experts.Select(expert => expert.Name)];
        if (merge.Settings(names) is [var searched, ..])
        {
            throw settings.Error(searched.Setting, "must be a number in a recipe, got a range to search");
        }

        CoefficientRule? formula = ReadFormula(root, names);
        string basePath = merge is WeightedAverage && formula is not MeasuredRule && !root.Has("base") ? experts[0].Path : StudyFile.ExistingPath(root, "base", folder);
        string? task = !merge.IsPerTask ? null
            : root.Has("task") ? root.Choice("task", names[0], names)
            : throw root.Error("task", $"must name the expert whose tasks the model is for: {merge.Name} makes one for each ({string.Join(", ", names)})");
        RecipeRule[][] rules = [];
        if (formula is null)
        {
            YamlMap map = root.Map("coefficients");
            rules = [.. merge.Columns(names).Select(column => task is null || column == task ? ReadRules(map, column) : [new RecipeRule(new Regex(""), 0)])];
            map.End();
        }

        BufferPolicy buffers = StudyFile.BufferPolicies[settings.Choice("buffers", "average", [.. StudyFile.BufferPolicies.Keys])];
        settings.End();
        var recipe = new Recipe(
            merge, basePath, experts, rules, buffers, StudyFile.ReadPatterns(root, "private"), Types[root.Choice("dtype", "float32", TypeNames)])
        {
            Task = task,
            Filter = new TensorFilter(GranularitySection.ReadFilter(root, "only"), GranularitySection.ReadFilter(root, "except"), new TensorKinds(GranularitySection.ReadKinds(root))),
            Formula = formula,
        };
        root.End();
        return recipe;
    }

    // A rule's name, or a mapping that names one; where an expert has the name of that key, the mapping is of numbers.
    private static CoefficientRule? ReadFormula(YamlMap root, IReadOnlyList<string> experts)
    {
        if (!root.Has("coefficients"))
        {
            throw root.Missing("coefficients");
        }

        if (root.IsMap("coefficients") && (!RuleList.IsNamed(root, "coefficients") || experts.Contains(RuleList.NameKey)))
        {
            return null;
        }

        (CoefficientRule rule, YamlMap? settings) = RuleList.Read(root, "coefficients", experts);
        settings?.End();
        return rule;
    }

    // A number, or regex → number in the file's order with an optional default.
    private static RecipeRule[] ReadRules(YamlMap map, string column)
    {
        if (!map.Has(column))
        {
            throw map.Missing(column);
        }

        if (!map.IsMap(column))
        {
            return [new RecipeRule(new Regex(""), map.Number(column)!.Value)];
        }

        YamlMap rules = map.Map(column);
        var list = new List<RecipeRule>();
        foreach (string pattern in rules.Keys.Where(key => key != "default"))
        {
            double value = rules.Number(pattern)!.Value;
            try
            {
                list.Add(new RecipeRule(new Regex(pattern, RegexOptions.CultureInvariant), value));
            }
            catch (ArgumentException exception)
            {
                throw rules.Error(pattern, $"must be a regular expression or 'default': {exception.Message}");
            }
        }

        if (rules.Number("default") is { } otherwise)
        {
            list.Add(new RecipeRule(new Regex(""), otherwise));
        }

        rules.End();
        return [.. list];
    }
}
