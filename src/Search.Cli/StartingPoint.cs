using System.Text.Json;
using Search.Controller;
using Search.Merging;

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

        return point.Values.Count == 1 ? space.Start([.. Enumerable.Repeat(point.Values[0], space.WeightCount)])
            : point.Values.Count == space.Dimension ? point.Values
            : point.Values.Count == space.WeightCount ? space.Start(point.Values)
            : throw new StudyException($"study {study.Name}: 'merge.initial' has {point.Values.Count} numbers, and the study searches {space.Dimension} coefficients.");
    }

    /// <summary>Finds what another run's best model has for each coefficient; a coarser one's coefficient is that of all it stood for.</summary>
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

        var blocks = new TensorBlocks(study.Merge.Blocks);
        return [.. Enumerable.Range(0, space.Dimension).Select(index =>
        {
            string name = space.Name(index);
            string expert = space.Expert(index);
            string group = space.UncutGroup(index);
            string[] stands = [name, $"{expert}/{group}", $"{expert}/{blocks.Name(group)}", expert];
            if (space.Setting(index) is { } setting && !found.ContainsKey(name))
            {
                return setting.Range.Value; // the other run did not search it
            }

            if (!found.TryGetValue(stands.FirstOrDefault(found.ContainsKey) ?? "", out double value))
            {
                throw new StudyException($"study {study.Name}: '{key}' is {run}, which has no coefficient '{name}'{NearestName.Hint(name, found.Keys)}.");
            }

            (double lower, double upper) = space.Bounds(index, study.Merge.Lower, study.Merge.Upper);
            return value >= lower && value <= upper
                ? value
                : throw new StudyException($"study {study.Name}: '{key}' is {run}, whose coefficient '{name}' is {value}, outside [{lower}, {upper}].");
        })];
    }
}
