using System.Globalization;
using System.Text.Json;
using Search.Controller;
using Search.Merging;
using Search.Merging.Rules;
using Search.Results;

namespace Search.Cli;

/// <summary>Turns what a study says of its start into one value a coefficient.</summary>
internal static class StartingPoint
{
    /// <summary>Finds the point.</summary>
    /// <param name="study">The study.</param>
    /// <param name="space">Its coefficients.</param>
    /// <returns>One value a coefficient, within the bounds.</returns>
    /// <exception cref="StudyException">The numbers or the other run do not fit this study's coefficients.</exception>
    public static IReadOnlyList<double> Of(StudyDefinition study, MergeSpace space)
    {
        InitialPoint point = study.Merge.Initial;
        if (point.Run is { } run)
        {
            return FromRun(study, space, "merge.initial.run", run);
        }

        if (point is { Rule: { } rule, Values.Count: 0 })
        {
            return FromRule(study, space, rule);
        }

        int count = point.Values.Count;
        return count == 1 || count == space.Merge.Columns.Count ? space.Start([.. Enumerable.Range(0, space.WeightCount).Select(index => point.Values[index % count])])
            : count == space.Dimension ? point.Values
            : count == space.WeightCount ? space.Start(point.Values)
            : throw new StudyException($"study {study.Name}: 'merge.initial' has {count} numbers, and the study searches {space.Dimension} coefficients, {space.Merge.Columns.Count} in each group of tensors.");
    }

    // What the rule gives, within the bounds.
    private static IReadOnlyList<double> FromRule(StudyDefinition study, MergeSpace space, CoefficientRule rule)
    {
        (IReadOnlyList<double> coefficients, IReadOnlyList<string> notes) = rule.Apply(space, study.Merge.Operator);
        foreach (string note in notes)
        {
            Terminal.Error.WriteLine($"start     {note}");
        }

        double[] within = [.. coefficients.Select(value => Math.Clamp(value, study.Merge.Lower, study.Merge.Upper))];
        int[] clipped = [.. Enumerable.Range(0, within.Length).Where(index => within[index] != coefficients[index])];
        if (clipped.Length > 0)
        {
            Terminal.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"start     rule {rule.Name}: {clipped.Length} of {within.Length} coefficients are clipped into [{study.Merge.Lower}, {study.Merge.Upper}], the first {space.Name(clipped[0])} from {coefficients[clipped[0]]:0.0000}"));
        }

        return space.Start(within);
    }

    /// <summary>Finds what another run's best model has for each coefficient; a coarser one's coefficient is that of all it stood for, and a profile's is the mean over what it stands for.</summary>
    /// <param name="study">The study.</param>
    /// <param name="space">Its coefficients.</param>
    /// <param name="key">The study's key that names the run.</param>
    /// <param name="run">The run's directory.</param>
    /// <returns>One value a coefficient, within the bounds.</returns>
    /// <exception cref="StudyException">The other run does not fit this study's coefficients.</exception>
    public static double[] FromRun(StudyDefinition study, MergeSpace space, string key, string run)
    {
        string path = Path.Combine(run, "best", "manifest.json");
        Dictionary<string, double> found;
        try
        {
            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(path));
            found = manifest.RootElement.GetProperty("coefficients").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetDouble());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new StudyException($"study {study.Name}: '{key}' is {run}, whose found model cannot be read: {exception.Message}", exception);
        }

        (MergeSpace Space, TensorGrouping Granularity)? other = SpaceOf(run, space);
        IReadOnlyDictionary<string, IReadOnlyList<double>>? tensors =
            other is { } o && Enumerable.Range(0, o.Space.WeightCount).Select(o.Space.Name).All(found.ContainsKey)
                ? o.Space.ByTensor([.. Enumerable.Range(0, o.Space.WeightCount).Select(index => found[o.Space.Name(index)])])
                : null;
        bool isAlike = other?.Granularity == study.Merge.Granularity;
        return [.. Enumerable.Range(0, space.Dimension).Select(index =>
        {
            string name = space.Name(index);
            if (space.Setting(index) is { } setting)
            {
                return Within(found.GetValueOrDefault(name, setting.Range.Value)); // the other run need not have searched it
            }

            double? known = tensors is not null && !(isAlike && found.ContainsKey(name)) ? Of(space, index, tensors, other!.Value.Granularity) : ByName(study, space, index, found);
            return Within(known ?? throw new StudyException($"study {study.Name}: '{key}' is {run}, which has no coefficient '{name}'{NearestName.Hint(name, found.Keys)}."));

            double Within(double value)
            {
                (double lower, double upper) = space.Bounds(index, study.Merge.Lower, study.Merge.Upper);
                return value >= lower && value <= upper
                    ? value
                    : throw new StudyException($"study {study.Name}: '{key}' is {run}, whose coefficient '{name}' is {value}, outside [{lower}, {upper}].");
            }
        })];
    }

    private static double? ByName(StudyDefinition study, MergeSpace space, int index, Dictionary<string, double> found)
    {
        string expert = space.Expert(index);
        string group = space.UncutGroup(index);
        string[] stands = [space.Name(index), $"{expert}/{group}", $"{expert}/{new TensorBlocks(study.Merge.Blocks).Name(group)}", expert];
        return stands.Where(found.ContainsKey).Select(name => (double?)found[name]).FirstOrDefault();
    }

    // What the tensors of a coefficient had, where they had the same; of a profile, whose groups are no others' parts, the mean.
    private static double? Of(MergeSpace space, int index, IReadOnlyDictionary<string, IReadOnlyList<double>> tensors, TensorGrouping granularity)
    {
        int column = space.Merge.Columns.ToList().IndexOf(space.Expert(index));
        (double Value, double Weight)[] parts = [.. space.Elements(index).Zip(space.Shares(index), (part, share) => (tensors[part.Tensor][column], part.Length * share))];
        return parts.All(part => part.Value == parts[0].Value) ? parts[0].Value
            : granularity is DepthProfile ? parts.Sum(part => part.Value * part.Weight) / parts.Sum(part => part.Weight)
            : null;
    }

    // What shared coefficients in another run, or null where it cut groups into chunks or does not fit these models.
    private static (MergeSpace Space, TensorGrouping Granularity)? SpaceOf(string run, MergeSpace space)
    {
        string file = new RunDirectory(run).Study;
        if (!File.Exists(file) || StudyFile.Read(file, [], requireFiles: false).Merge is not { Chunks: { Counts.Count: 0, Fixed.Count: 0 } chunks } merge)
        {
            return null;
        }

        try
        {
            return (new MergeSpace(space.Merge, merge.Groups(space.Merge.Source.Family, chunks), merge.Buffers), merge.Granularity);
        }
        catch (MergeException)
        {
            return null;
        }
    }
}
