using Search.Evaluation;
using Search.Results;
using Search.Results.Fronts;

namespace Search.Controller;

/// <summary>What a ledger says about a study: the winner beside the references.</summary>
/// <param name="Winner">The search's winner, or null before a candidate was scored.</param>
/// <param name="BestObserved">The searched candidate with the least objective on search data, or null; null where there are several objectives.</param>
/// <param name="Recommended">What the strategy believed to be the best when the search ended: the trial that scored it first; or null before that.</param>
/// <param name="SingleLambda">The best merge with one λ by the search objective, or null.</param>
/// <param name="OracleLambda">The best merge with one λ by mean report accuracy, which a user without labels could not choose; or null.</param>
/// <param name="Trials">Every trial.</param>
public sealed record StudySummary(
    Trial? Winner, Trial? BestObserved, Trial? Recommended, Trial? SingleLambda, Trial? OracleLambda, IReadOnlyCollection<Trial> Trials)
{
    /// <summary>The label of the point that a strategy recommends when its search ends.</summary>
    public const string RecommendedLabel = "recommended";

    /// <summary>What is added to the number of the next trial to number what is recommended where a search ends: a larger budget gives that trial its number, and ends elsewhere.</summary>
    public const long FirstRecommended = 1_000_000_000;

    /// <summary>
    /// By how much the best observed score flatters its candidate, estimated against the recommended point: how much more the best observed one
    /// loses from search to select data; without select data, all of its lead, the most that luck can be. Null where either was not scored, or
    /// where both are one trial, as with strategies that recommend the best they saw.
    /// </summary>
    public double? Optimism
    {
        get
        {
            if (BestObserved is null || Recommended is not { State: TrialState.Complete } || Recommended.Id == BestObserved.Id)
            {
                return null;
            }

            double lead = Recommended.Objectives[0] - BestObserved.Objectives[0];
            return On(BestObserved, DataRole.Select) is { State: TrialState.Complete } best && On(Recommended, DataRole.Select) is { State: TrialState.Complete } recommended
                ? lead - (recommended.Objectives[0] - best.Objectives[0])
                : Math.Max(0, lead);
        }
    }

    /// <summary>How the winner was chosen, one sentence; null without a winner.</summary>
    public string? Choice => Winner is null ? null
        : Winner.Objectives.Count > 1 ? $"the compromise between {Winner.Objectives.Count} objectives of equal weight, out of a front of {Front(Trials).Count} on {(On(Winner, DataRole.Select) is null ? "search" : "select")} data (search pareto)"
        : On(Winner, DataRole.Select) is not null
            ? $"chosen by the objective on select data among the {Trials.Count(trial => trial.Role == DataRole.Select && trial.Strategy != Reference.Strategy)} candidates that were scored there"
            : "chosen by the objective on search data, which the search itself minimised: with select data for each task, the choice would be made on data that it has not seen";

    /// <summary>Summarises what a ledger says of a study's feasible candidates.</summary>
    /// <param name="study">The study, whose constraints say which these are.</param>
    /// <param name="trials">The ledger's trials.</param>
    public static StudySummary Of(StudyDefinition study, IReadOnlyCollection<Trial> trials)
    {
        IReadOnlyCollection<Trial> kept = StudyConstraint.Kept(study, trials);
        var summary = Of(kept);

        // What a strategy believed before its search was extended is not what it believes.
        return LastRecommended(trials)?.Id == LastRecommended(kept)?.Id ? summary : summary with { Recommended = null };
    }

    /// <summary>Summarises a ledger.</summary>
    /// <param name="trials">Its trials.</param>
    public static StudySummary Of(IReadOnlyCollection<Trial> trials)
    {
        Trial[] lambdas = [.. trials.Where(trial => trial.State == TrialState.Complete && trial.Label is { } label
            && label.StartsWith(Reference.LambdaPrefix, StringComparison.Ordinal))];
        Trial? recommended = LastRecommended(trials);
        return new StudySummary(
            SearchedWinner(trials),
            Comparable(trials).Where(trial => trial is { Role: DataRole.Search, Label: null, Objectives.Count: 1 }).OrderBy(trial => trial.Objectives[0]).ThenBy(trial => trial.Id).FirstOrDefault(),
            recommended is null ? null : Scored(trials, recommended.Coefficients) ?? recommended,
            Best([.. lambdas.Where(trial => trial.Role == DataRole.Search)]),
            lambdas.Where(trial => trial.Role == DataRole.Report && MeanAccuracy(trial) is not null)
                .OrderByDescending(MeanAccuracy).ThenBy(trial => trial.Id).FirstOrDefault(),
            trials);
    }

    /// <summary>The searched candidates that none dominates; of equal ones the first.</summary>
    /// <param name="trials">A ledger's trials.</param>
    /// <param name="role">The data, or null for select data where any was scored there, else search data.</param>
    /// <returns>Their rows on that data, in the order of their numbers.</returns>
    public static IReadOnlyList<Trial> Front(IReadOnlyCollection<Trial> trials, DataRole? role = null)
    {
        IReadOnlyList<Trial> searched = Comparable(trials);
        Trial[] scored = [.. searched.Where(trial => trial.Role == (role ?? Deciding(searched))).OrderBy(trial => trial.Id)];
        return [.. Dominance.Front(Vectors(scored)).Select(index => scored[index])];
    }

    /// <summary>The trial with the least objective; of several objectives, the compromise between them.</summary>
    /// <param name="trials">Complete trials on the same data.</param>
    /// <param name="weights">What each of several objectives weighs, with the sum 1; or null for equal weights.</param>
    /// <returns>The first such trial, or null of none.</returns>
    public static Trial? Best(IReadOnlyCollection<Trial> trials, IReadOnlyList<double>? weights = null)
    {
        Trial[] ordered = [.. trials.OrderBy(trial => trial.Id)];
        if (ordered.Length == 0 || ordered[0].Objectives.Count == 1)
        {
            return ordered.MinBy(trial => trial.Objectives[0]);
        }

        var scale = new Scalarisation(Vectors(ordered));
        weights ??= [.. ordered[0].Objectives.Select(_ => 1.0 / ordered[0].Objectives.Count)];
        return ordered.MinBy(trial => scale.Of(weights, trial.Objectives));
    }

    private static Trial? LastRecommended(IEnumerable<Trial> trials) => trials.Where(trial => trial is { Role: DataRole.Search, Label: RecommendedLabel }).MaxBy(trial => trial.Id);

    private static DataRole Deciding(IReadOnlyList<Trial> searched) => searched.Any(trial => trial.Role == DataRole.Select) ? DataRole.Select : DataRole.Search;

    private static double[][] Vectors(IEnumerable<Trial> trials) => [.. trials.Select(trial => trial.Objectives.ToArray())];

    /// <summary>The candidate with the least objective, or the compromise of several with equal weights, on <c>select</c> data where any was scored there, else on <c>search</c> data.</summary>
    /// <param name="trials">A ledger's trials.</param>
    /// <returns>Its row on search data, or null.</returns>
    public static Trial? SearchedWinner(IReadOnlyCollection<Trial> trials)
    {
        Trial[] searched = [.. Comparable(trials)];
        DataRole role = Deciding(searched);
        Trial? best = Best([.. searched.Where(trial => trial.Role == role)]);
        return best is null ? null : searched.First(trial => trial.Id == best.Id && trial.Role == DataRole.Search);
    }

    /// <summary>
    /// The searched candidates whose scores can be compared: those scored on all examples. Steps that saw a few of them, the luckiest of which
    /// would win, count only where nothing else was scored. A recommended row that repeats another trial's scores is not a candidate of its own.
    /// </summary>
    /// <param name="trials">A ledger's trials.</param>
    public static IReadOnlyList<Trial> Comparable(IEnumerable<Trial> trials)
    {
        Trial[] searched = [.. trials.Where(trial => trial.State == TrialState.Complete && trial.Strategy != Reference.Strategy)];
        Trial[] rows = [.. searched.Where(trial => trial.Role == DataRole.Search && !(trial.Label == RecommendedLabel && Scored(searched, trial.Coefficients) != trial))];
        ILookup<bool, long> ids = rows.ToLookup(trial => Examples(trial) is null, trial => trial.Id);
        HashSet<long> compared = [.. ids[ids.Contains(true)]];
        return [.. searched.Where(trial => compared.Contains(trial.Id))];
    }

    /// <summary>The first searched candidate with these coefficients that was scored on all examples of search data, or null.</summary>
    /// <param name="trials">A ledger's trials.</param>
    /// <param name="coefficients">The coefficients.</param>
    public static Trial? Scored(IEnumerable<Trial> trials, IReadOnlyList<double> coefficients) => trials
        .Where(trial => trial is { Role: DataRole.Search, State: TrialState.Complete } && trial.Strategy != Reference.Strategy && trial.Coefficients.SequenceEqual(coefficients) && Examples(trial) is null)
        .MinBy(trial => trial.Id);

    /// <summary>How many examples of each task a row was scored on, or null where it was on all of them.</summary>
    /// <param name="trial">The row.</param>
    public static int? Examples(Trial trial)
    {
        KeyValuePair<string, double> mark = trial.Scores.FirstOrDefault(score => score.Key.EndsWith($"/{ExampleChoice.Mark}", StringComparison.Ordinal));
        return mark.Key is null ? null : (int)mark.Value;
    }

    /// <summary>The mean accuracy over tasks, or null where labels were not known.</summary>
    /// <param name="trial">A trial.</param>
    public static double? MeanAccuracy(Trial trial)
    {
        double[] accuracies = [.. trial.Scores.Where(score => score.Key.EndsWith($"/{PredictionScores.Accuracy}", StringComparison.Ordinal)).Select(score => score.Value)];
        return accuracies.Length == 0 ? null : accuracies.Average();
    }

    /// <summary>A candidate's row on another role's data, or null when it was not scored there.</summary>
    /// <param name="trial">The candidate, in any role's row.</param>
    /// <param name="role">The role.</param>
    public Trial? On(Trial trial, DataRole role) => Trials.FirstOrDefault(other => other.Id == trial.Id && other.Role == role);

    /// <summary>The tasks that stopped taking part in the search, with the first step that went without them.</summary>
    public IReadOnlyList<(string Task, int Step)> StoppedTasks => [.. Trials.Where(trial => trial.Generation is not null).OrderBy(trial => trial.Id)
        .SelectMany(trial => Stopped(trial).Select(task => (Task: task, Step: trial.Generation!.Value))).DistinctBy(stopped => stopped.Task)];

    /// <summary>The tasks that a step went without.</summary>
    /// <param name="trial">The step's row.</param>
    public static IEnumerable<string> Stopped(Trial trial) => trial.Scores.Keys
        .Where(score => score.EndsWith($"/{Objective.StoppedFlag}", StringComparison.Ordinal)).Select(score => score[..score.LastIndexOf('/')]);

    /// <summary>A reference's row on search data, or null when it was not scored.</summary>
    /// <param name="label">The reference's label.</param>
    public Trial? FindReference(string label) => Trials.FirstOrDefault(trial => trial.Label == label && trial.Role == DataRole.Search);
}
