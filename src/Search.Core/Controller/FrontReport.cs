using Search.Evaluation;
using Search.Results;
using Search.Results.Fronts;
using Search.Yaml;

namespace Search.Controller;

/// <summary>What a ledger says about the front of a study with several objectives.</summary>
/// <param name="Role">The data that the objectives are on.</param>
/// <param name="Scored">How many candidates were scored on that data.</param>
/// <param name="Front">Those that none dominates: their rows on that data, by the first objective.</param>
/// <param name="Reference">The worst of each objective among all that were scored.</param>
/// <param name="Hypervolume">The volume that the front dominates below <paramref name="Reference"/>.</param>
/// <param name="Compromise">The front's best with equal weights.</param>
/// <param name="Preferred">The front's best with the weights asked for, or null where none were.</param>
public sealed record FrontReport(
    DataRole Role, int Scored, IReadOnlyList<Trial> Front, IReadOnlyList<double> Reference, double Hypervolume, Trial Compromise, Trial? Preferred)
{
    /// <summary>Reports on a ledger.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">The ledger's trials.</param>
    /// <param name="role">The data, or null for select data where any candidate was scored there, else search data.</param>
    /// <param name="preferences">What objectives weigh, by their names or, where that is clear, their tasks; the others weigh 1. Empty for no preference.</param>
    /// <exception cref="StudyException">The study has one objective, nothing was scored on that data, or a preference names no objective or is negative.</exception>
    public static FrontReport Of(StudyDefinition study, IReadOnlyCollection<Trial> trials, DataRole? role, IReadOnlyList<KeyValuePair<string, double>> preferences)
    {
        if (study.ObjectiveCount == 1)
        {
            throw new StudyException($"study {study.Name}: has one objective, so there is a best candidate and no front; see search show.");
        }

        double[] weights = Weights(study, preferences);
        IReadOnlyList<Trial> front = StudySummary.Front(trials, role);
        if (front.Count == 0)
        {
            throw new StudyException($"study {study.Name}: no candidate has been scored on {YamlText.Word(role ?? DataRole.Search)} data.");
        }

        Trial[] scored = [.. StudySummary.Comparable(trials).Where(trial => trial.Role == front[0].Role)];
        double[] reference = [.. study.ObjectiveNames.Select((_, i) => scored.Max(trial => trial.Objectives[i]))];
        return new FrontReport(
            front[0].Role,
            scored.Length,
            [.. front.OrderBy(trial => trial.Objectives[0]).ThenBy(trial => trial.Id)],
            reference,
            Results.Fronts.Hypervolume.Of([.. front.Select(trial => trial.Objectives.ToArray())], reference),
            StudySummary.Best(scored)!,
            preferences.Count == 0 ? null : StudySummary.Best(scored, weights));
    }

    /// <summary>What is special about a trial of the front.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="names">The objectives' names.</param>
    /// <returns><c>best NAME</c> for each objective that no other has less of, <c>compromise</c>, <c>preferred</c>.</returns>
    public IReadOnlyList<string> Marks(Trial trial, IReadOnlyList<string> names) =>
    [
        .. names.Where((_, i) => trial.Objectives[i] == Front.Min(other => other.Objectives[i])).Select(name => $"best {name}"),
        .. trial == Compromise ? ["compromise"] : Array.Empty<string>(),
        .. trial == Preferred ? ["preferred"] : Array.Empty<string>(),
    ];

    private static double[] Weights(StudyDefinition study, IReadOnlyList<KeyValuePair<string, double>> preferences)
    {
        IReadOnlyList<string> names = study.ObjectiveNames;
        double[] weights = [.. names.Select(_ => 1.0)];
        foreach ((string name, double weight) in preferences)
        {
            int[] meant = [.. Enumerable.Range(0, names.Count).Where(i => names[i] == name)];
            meant = meant.Length > 0 ? meant : [.. Enumerable.Range(0, names.Count).Where(i => names[i].EndsWith($"/{name}", StringComparison.Ordinal))];
            if (meant is not [var index])
            {
                throw new StudyException($"a preference must name one of {string.Join(", ", names)}, got '{name}'{NearestName.Hint(name, names)}.");
            }

            weights[index] = double.IsFinite(weight) && weight >= 0 ? weight : throw new StudyException($"a preference must be a number of at least 0, got {weight} for '{name}'.");
        }

        double sum = weights.Sum();
        return sum > 0 ? [.. weights.Select(weight => weight / sum)] : throw new StudyException("of all preferences one must be above 0.");
    }
}
