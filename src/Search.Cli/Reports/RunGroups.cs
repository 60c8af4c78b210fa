using System.Collections;
using YamlDotNet.Serialization;

namespace Search.Cli.Reports;

/// <summary>Tells runs apart by the settings in which their studies differ; runs that differ in their seeds alone are of one group.</summary>
internal static class RunGroups
{
    // What a person varies first tells groups apart first.
    private static readonly string[] First = ["strategy.name", "merge.operator", "merge.granularity"];

    // A run's own, or no setting at all.
    private static readonly string[] Ignored = ["seed", "evaluator.threads"];

    /// <summary>Names each run's group.</summary>
    /// <param name="studies">The runs' studies as YAML, every default written out.</param>
    /// <returns>A name a run: as few settings as tell the groups apart, or the study's name where there is one group.</returns>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> studies)
    {
        Dictionary<string, string>[] settings = [.. studies.Select(Flatten)];
        string[] keys = [.. First, .. settings.SelectMany(one => one.Keys).Distinct().Except(First).Except(Ignored).Where(key => !key.StartsWith("budget.planned", StringComparison.Ordinal))];
        var telling = new List<string>();
        string Group(int run) => string.Join(", ", telling.Select(key => (Key: key, Value: settings[run].GetValueOrDefault(key))).Where(one => one.Value is not null)
            .Select(one => one.Key is "name" || First.Contains(one.Key) ? one.Value : $"{one.Key} {one.Value}"));
        foreach (string key in keys)
        {
            if (Enumerable.Range(0, settings.Length).GroupBy(Group).Any(group => group.Select(run => settings[run].GetValueOrDefault(key)).Distinct().Count() > 1))
            {
                telling.Add(key);
            }
        }

        return [.. settings.Select((one, run) => telling.Count > 0 ? Group(run) : one["name"])];
    }

    private static Dictionary<string, string> Flatten(string yaml)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        void Add(string path, object? value)
        {
            if (value is IDictionary map)
            {
                foreach (DictionaryEntry entry in map)
                {
                    Add(path.Length == 0 ? $"{entry.Key}" : $"{path}.{entry.Key}", entry.Value);
                }
            }
            else if (value is IList { Count: > 0 } list && list.Cast<object?>().Any(item => item is IDictionary or IList))
            {
                foreach ((int index, object? item) in list.Cast<object?>().Index())
                {
                    Add($"{path}[{index + 1}]", item);
                }
            }
            else
            {
                values[path] = value is IList plain ? $"[{string.Join(", ", plain.Cast<object?>())}]" : $"{value}";
            }
        }

        Add("", new DeserializerBuilder().Build().Deserialize(new StringReader(yaml)));
        return values;
    }
}
