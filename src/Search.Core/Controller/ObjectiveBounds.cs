using Search.Evaluation;
using Search.Results;
using Search.Yaml;

namespace Search.Controller;

/// <summary>The most that objectives may be: what limits say, and what floors come to once the base and the experts are scored.</summary>
internal static class ObjectiveBounds
{
    /// <summary>Finds an objective by its name or, where one alone ends so, by its task.</summary>
    /// <param name="names">The objectives' names.</param>
    /// <param name="name">What was written.</param>
    /// <param name="what">What names it, for the message.</param>
    /// <exception cref="StudyException">There is no such objective.</exception>
    public static int Find(IReadOnlyList<string> names, string name, string what) =>
        Meant(names, name) ?? throw new StudyException($"{what} must name one of {string.Join(", ", names)}, got '{name}'{NearestName.Hint(name, names)}.");

    /// <summary>The objective that a name or a task means, or null where it means none, or several.</summary>
    /// <param name="names">The objectives' names.</param>
    /// <param name="name">What was written.</param>
    public static int? Meant(IReadOnlyList<string> names, string name)
    {
        int[] meant = [.. Enumerable.Range(0, names.Count).Where(i => names[i] == name)];
        meant = meant.Length > 0 ? meant : [.. Enumerable.Range(0, names.Count).Where(i => names[i].EndsWith($"/{name}", StringComparison.Ordinal))];
        return meant is [var index] ? index : null;
    }

    /// <summary>Finds the most that each objective may be on some data.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">The ledger's trials, references among them.</param>
    /// <param name="role">The data.</param>
    /// <param name="limits">Values that objectives may have at most.</param>
    /// <param name="floors">Shares of what a task's expert gains over the base.</param>
    /// <returns>One value an objective; infinite where nothing is said.</returns>
    /// <exception cref="StudyException">A name is no objective's, or a floor's base or expert was not scored on that data.</exception>
    public static double[] Of(StudyDefinition study, IReadOnlyCollection<Trial> trials, DataRole role, IEnumerable<KeyValuePair<string, double>> limits, IEnumerable<KeyValuePair<string, double>> floors)
    {
        IReadOnlyList<string> names = study.ObjectiveNames;
        double[] most = [.. names.Select(_ => double.PositiveInfinity)];
        foreach ((string name, double limit) in limits)
        {
            int index = Find(names, name, "a limit");
            most[index] = Math.Min(most[index], limit);
        }

        foreach ((string name, double floor) in floors)
        {
            int index = Find(names, name, "a floor");
            most[index] = Math.Min(most[index], BoundedQuantity.OfObjective(study, index).Floor(study, trials, role, floor));
        }

        return most;
    }
}
