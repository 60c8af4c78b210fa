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
    public static int Find(IReadOnlyList<string> names, string name, string what)
    {
        int[] meant = [.. Enumerable.Range(0, names.Count).Where(i => names[i] == name)];
        meant = meant.Length > 0 ? meant : [.. Enumerable.Range(0, names.Count).Where(i => names[i].EndsWith($"/{name}", StringComparison.Ordinal))];
        return meant is [var index] ? index : throw new StudyException($"{what} must name one of {string.Join(", ", names)}, got '{name}'{NearestName.Hint(name, names)}.");
    }

    /// <summary>Finds the objective of a floor and the expert that it is measured by.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">The objective, by its name or task.</param>
    /// <exception cref="StudyException">There is no such objective, it is of several tasks, or its task has no expert.</exception>
    public static (int Objective, string Expert) Floor(StudyDefinition study, string name)
    {
        int index = Find(study.ObjectiveNames, name, "a floor");
        string task = study.ObjectiveTasks[index] ?? throw new StudyException($"a floor is a share of what one task's expert gains, and {study.ObjectiveNames[index]} is of several tasks; a limit takes its value.");
        return (index, study.Tasks.First(one => one.Name == task).Expert ?? throw new StudyException($"a floor is a share of what a task's expert gains, and the study names none for {task}; a limit takes its value."));
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
            (int index, string expertName) = Floor(study, name);
            double Value(string label) => trials.FirstOrDefault(trial => trial.Strategy == Reference.Strategy && trial.Label == label && trial.Role == role && trial.State == TrialState.Complete)?.Objectives[index]
                ?? throw new StudyException($"study {study.Name}: {label} has not been scored on {YamlText.Word(role)} data, which a floor is measured by.");
            double start = Value(Reference.Base);
            most[index] = Math.Min(most[index], start + (floor * (Value(Reference.Expert(expertName)) - start)));
        }

        return most;
    }
}
