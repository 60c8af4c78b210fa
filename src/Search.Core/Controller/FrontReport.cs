using System.Globalization;
using Search.Evaluation;
using Search.Results;
using Search.Results.Fronts;
using Search.Yaml;

namespace Search.Controller;

/// <summary>What a ledger says about the front of a study with several objectives.</summary>
/// <param name="Role">The data that the objectives are on.</param>
/// <param name="Scored">How many candidates were scored on that data.</param>
/// <param name="Front">Those that none dominates and that keep what was asked for: their rows on that data, by the first objective; at least one.</param>
/// <param name="Refused">How many others of the front exceed a limit or fall below a floor.</param>
/// <param name="Reference">What volumes are measured below: the worst of each objective among all that were scored, unless other values were asked for.</param>
/// <param name="Compromise">The best of <paramref name="Front"/> with equal weights.</param>
/// <param name="Knee">Its <see cref="Results.Fronts.Knee"/>, or null of fewer than three.</param>
/// <param name="Preferred">Its best with the weights asked for, or null where none were.</param>
/// <param name="Gaps">How far its scores on the other data are from those on search data.</param>
public sealed record FrontReport(
    DataRole Role,
    long Scored,
    IReadOnlyList<Trial> Front,
    int Refused,
    IReadOnlyList<double> Reference,
    Trial Compromise,
    Trial? Knee,
    Trial? Preferred,
    IReadOnlyList<FrontGap> Gaps)
{
    /// <summary>Measures the volume that <see cref="Front"/> dominates below <see cref="Reference"/>.</summary>
    /// <param name="effort">What it may take, as for <see cref="Results.Fronts.Hypervolume"/>; what is left of it.</param>
    /// <returns>The volume, or null where it takes more.</returns>
    public double? Volume(ref long effort) => Hypervolume.Of([.. Front.Select(trial => trial.Objectives.ToArray())], Reference, ref effort);

    /// <summary>Reports on a ledger.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">The ledger's trials.</param>
    /// <param name="query">What is wanted.</param>
    /// <param name="searched">All candidates without a label on search data, where the trials lack some that others dominate; or null.</param>
    /// <exception cref="StudyException">
    /// The study has one objective, nothing was scored on that data, a name is no objective's, a weight is negative, a floor is for an objective
    /// of several tasks or of a task whose expert was not scored, or nothing keeps the limits.
    /// </exception>
    public static FrontReport Of(StudyDefinition study, IReadOnlyCollection<Trial> trials, FrontQuery query, ScoredCandidates? searched = null)
    {
        if (study.ObjectiveCount == 1)
        {
            throw new StudyException($"study {study.Name}: has one objective, so there is a best candidate and no front; see search show.");
        }

        IReadOnlyList<string> names = study.ObjectiveNames;
        double[] weights = Weights(names, query.Preferences);
        IReadOnlyList<Trial> all = StudySummary.Front(StudyConstraint.Kept(study, trials), query.Role);
        if (all.Count == 0)
        {
            throw new StudyException($"study {study.Name}: no candidate has been scored on {YamlText.Word(query.Role ?? DataRole.Search)} data.");
        }

        DataRole role = all[0].Role;
        double[] most = ObjectiveBounds.Of(study, trials, role, query.Limits, query.Floors);

        // What dominates a candidate within the limits is within them too, so the front of those is a part of the whole front.
        Trial[] front = [.. all.Where(trial => trial.Objectives.Zip(most).All(pair => pair.First <= pair.Second)).OrderBy(trial => trial.Objectives[0]).ThenBy(trial => trial.Id)];
        if (front.Length == 0)
        {
            (int worst, Trial nearest) = Nearest(all, most);
            throw new StudyException(string.Create(
                CultureInfo.InvariantCulture,
                $"study {study.Name}: none of the {all.Count} candidates of the front keeps the limits; trial {nearest.Id} comes nearest, with {names[worst]} at {nearest.Objectives[worst]:0.######} where at most {most[worst]:0.######} is wanted."));
        }

        var scored = ScoredCandidates.Of(StudySummary.Comparable(trials).Where(trial => trial.Role == role && (searched is null || role != DataRole.Search || trial.Label is not null)).Select(trial => trial.Objectives));
        scored = role == DataRole.Search && searched is not null ? scored.With(searched) : scored;
        double[] reference = [.. scored.Worst];
        foreach ((string name, double value) in query.Reference)
        {
            reference[ObjectiveBounds.Find(names, name, "a reference")] = value;
        }

        int knee = Results.Fronts.Knee.Find([.. front.Select(trial => trial.Objectives.ToArray())]);
        return new FrontReport(
            role,
            scored.Count,
            front,
            all.Count - front.Length,
            reference,
            StudySummary.Best(front)!,
            knee < 0 ? null : front[knee],
            query.Preferences.Count == 0 ? null : StudySummary.Best(front, weights),
            GapsOf(trials, front));
    }

    /// <summary>What is special about a trial of the front.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="names">The objectives' names.</param>
    /// <returns><c>best NAME</c> for each objective that no other has less of, <c>knee</c>, <c>compromise</c>, <c>preferred</c>.</returns>
    public IReadOnlyList<string> Marks(Trial trial, IReadOnlyList<string> names) =>
    [
        .. names.Where((_, i) => trial.Objectives[i] == Front.Min(other => other.Objectives[i])).Select(name => $"best {name}"),
        .. trial == Knee ? ["knee"] : Array.Empty<string>(),
        .. trial == Compromise ? ["compromise"] : Array.Empty<string>(),
        .. trial == Preferred ? ["preferred"] : Array.Empty<string>(),
    ];

    /// <summary>The front's best in one objective.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">The objective, by its name or task.</param>
    /// <exception cref="StudyException">There is no such objective.</exception>
    public Trial BestOf(StudyDefinition study, string name)
    {
        int index = ObjectiveBounds.Find(study.ObjectiveNames, name, "a pick");
        return Front.MinBy(trial => trial.Objectives[index])!;
    }

    private static double[] Weights(IReadOnlyList<string> names, IReadOnlyList<KeyValuePair<string, double>> preferences)
    {
        double[] weights = [.. names.Select(_ => 1.0)];
        foreach ((string name, double weight) in preferences)
        {
            weights[ObjectiveBounds.Find(names, name, "a preference")] = double.IsFinite(weight) && weight >= 0 ? weight : throw new StudyException($"a preference must be a number of at least 0, got {weight} for '{name}'.");
        }

        double sum = weights.Sum();
        return sum > 0 ? [.. weights.Select(weight => weight / sum)] : throw new StudyException("of all preferences one must be above 0.");
    }

    // The candidate that exceeds the limits least, in units of the front's range, and the objective by which it does.
    private static (int Objective, Trial Trial) Nearest(IReadOnlyList<Trial> front, double[] most)
    {
        var scale = new Scalarisation([.. front.Select(trial => trial.Objectives.ToArray())]);
        double Excess(Trial trial, int i) => (trial.Objectives[i] - most[i]) / scale.Range(i);
        int Worst(Trial trial) => Enumerable.Range(0, most.Length).MaxBy(i => Excess(trial, i));
        Trial nearest = front.MinBy(trial => Excess(trial, Worst(trial)))!;
        return (Worst(nearest), nearest);
    }

    private static FrontGap[] GapsOf(IReadOnlyCollection<Trial> trials, IReadOnlyList<Trial> front)
    {
        Dictionary<(long Id, DataRole Role), Trial> rows = trials.Where(trial => trial.State == TrialState.Complete).DistinctBy(trial => (trial.Id, trial.Role)).ToDictionary(trial => (trial.Id, trial.Role));
        return
        [
            .. new[] { DataRole.Select, DataRole.Report }
                .Select(role => (Role: role, Pairs: front.Where(trial => rows.ContainsKey((trial.Id, role)) && rows.ContainsKey((trial.Id, DataRole.Search)))
                    .Select(trial => (There: rows[(trial.Id, role)].Objectives, Search: rows[(trial.Id, DataRole.Search)].Objectives))
                    .Where(pair => pair.There.Count == pair.Search.Count).ToArray())) // some tasks may have no such data
                .Where(gap => gap.Pairs.Length > 0)
                .Select(gap => new FrontGap(gap.Role, gap.Pairs.Length, [.. gap.Pairs[0].Search.Select((_, i) => gap.Pairs.Average(pair => pair.There[i] - pair.Search[i]))])),
        ];
    }
}
