using System.Globalization;
using Search.Merging;
using Search.Merging.Rules;
using Search.Yaml;

namespace Search.Controller;

/// <summary>Reads where a search starts: <c>merge.initial</c>.</summary>
internal static class InitialSection
{
    private const string Key = "initial";
    private const string Uniform = "uniform";

    /// <summary>Reads the start.</summary>
    /// <param name="map">The study's <c>merge</c>.</param>
    /// <param name="merge">The operator.</param>
    /// <param name="experts">The experts' names.</param>
    /// <param name="lower">The least value of a coefficient.</param>
    /// <param name="upper">The greatest value of a coefficient.</param>
    /// <param name="folder">What paths are relative to.</param>
    public static InitialPoint Read(YamlMap map, MergeOperator merge, IReadOnlyList<string> experts, double lower, double upper, string folder)
    {
        IReadOnlyList<string> columns = merge.Columns(experts);
        double least = merge.Settings(experts).Select(setting => setting.Range.Lower).Append(lower).Min();
        double most = merge.Settings(experts).Select(setting => setting.Range.Upper).Append(upper).Max();
        if (RuleList.IsNamed(map, Key))
        {
            (CoefficientRule rule, YamlMap? settings) = RuleList.Read(map, Key, experts);
            IReadOnlyList<double> decided = settings?.Numbers("values") ?? [];
            settings?.End();
            return new InitialPoint(Within(map, decided, least, most), Rule: rule);
        }

        if (map.IsMap(Key))
        {
            return ReadMap(map.Map(Key), columns, lower, upper, folder);
        }

        if (map.IsList(Key))
        {
            return new InitialPoint(Within(map, map.Numbers(Key)!, least, most));
        }

        string? text = map.Text(Key);
        if (text is null || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            return new InitialPoint(map.Number(Key, lower, upper) ?? Math.Clamp(merge.Initial, lower, upper));
        }

        if (text != Uniform)
        {
            return RuleList.Names.Contains(text)
                ? new InitialPoint([], Rule: RuleList.Read(map, Key, experts).Rule)
                : throw map.Error(Key, $"must be a number, a list of numbers, a mapping, or one of {string.Join(", ", RuleList.Names)}, got '{text}'{NearestName.Hint(text, RuleList.Names)}");
        }

        // Of operators whose coefficients are no task-arithmetic weights, too.
        double share = 1.0 / columns.Count;
        return share >= lower && share <= upper ? new InitialPoint(share) : throw map.Error(Key, $"is uniform, 1/{columns.Count}, which is not within [{lower}, {upper}]");
    }

    // Another run, or a number for each of the coefficients that a group of tensors has.
    private static InitialPoint ReadMap(YamlMap from, IReadOnlyList<string> columns, double lower, double upper, string folder)
    {
        InitialPoint point = from.Has("run")
            ? new InitialPoint([], StudyFile.ExistingPath(from, "run", folder))
            : new InitialPoint([.. columns.Select(column => from.Number(column, lower, upper) ?? throw from.Missing(column))]);
        from.End();
        return point;
    }

    private static IReadOnlyList<double> Within(YamlMap map, IReadOnlyList<double> values, double lower, double upper) => values.All(value => value >= lower && value <= upper)
        ? values
        : throw map.Error(Key, $"must hold numbers from {lower} to {upper}, got {values.First(value => !(value >= lower && value <= upper))}");
}
