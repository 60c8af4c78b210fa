using Search.Evaluation;
using Search.Results;
using Search.Yaml;

namespace Search.Controller;

/// <summary>A number of every scored candidate, better the lower it is, that constraints bound: an objective, a task's part of it, or a task's score or its negative.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Task">The task that it is of, or null for one of several.</param>
/// <param name="Objective">Which of the candidate's objectives it is, or null for a sum of scores.</param>
/// <param name="Terms">For a sum of scores: the ledger's names, with what each is multiplied by.</param>
public sealed record BoundedQuantity(string Name, string? Task, int? Objective, IReadOnlyList<(string Key, double Weight)> Terms)
{
    // What engines compute whatever they are asked for.
    private static readonly string[] Always = [PredictionScores.Entropy, PredictionScores.MarginalEntropy];

    /// <summary>The score that has to be computed for it, or null where the study's objectives do.</summary>
    public Score? Score { get; private init; }

    /// <summary>An objective.</summary>
    /// <param name="study">The study.</param>
    /// <param name="index">Which objective.</param>
    public static BoundedQuantity OfObjective(StudyDefinition study, int index) => new(study.ObjectiveNames[index], study.ObjectiveTasks[index], index, []);

    /// <summary>Finds what a constraint names: an objective, by its name or task; else, where a study states one objective, a task's part of it; else <c>task/score</c>, or <c>task/-score</c> for the negative.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">What was written.</param>
    /// <exception cref="StudyException">There is no such thing.</exception>
    public static BoundedQuantity Find(StudyDefinition study, string name)
    {
        IReadOnlyList<string> names = study.ObjectiveNames;
        string[] tasks = [.. study.Tasks.Select(task => task.Name)];
        if (study.Objectives is [{ Aggregate: not Aggregation.None } only] && tasks.Contains(name) && !names.Contains(name))
        {
            return new BoundedQuantity(name, name, null, [.. only.Terms.Select(term => ($"{name}/{term.Score.Name}", only.Minimised(term.Weight)))]);
        }

        if (ObjectiveBounds.Meant(names, name) is { } index)
        {
            return OfObjective(study, index);
        }

        foreach (string task in tasks.Where(task => name.StartsWith($"{task}/", StringComparison.Ordinal)))
        {
            bool isNegative = name[(task.Length + 1)..].StartsWith('-');
            string word = name[(task.Length + (isNegative ? 2 : 1))..];
            if (IsComputed(study, word, out Score? score))
            {
                return new BoundedQuantity(name, task, null, [($"{task}/{word}", isNegative ? -1 : 1)]) { Score = score };
            }
        }

        string[] known = [.. names, .. study.Objectives.Count == 1 ? tasks : []];
        throw new StudyException($"it must name one of {string.Join(", ", known.Distinct())}, or a task's score, such as {tasks[0]}/{study.Objectives[0].Terms[0].Score.Name}, got '{name}'{NearestName.Hint(name, known)}.");
    }

    /// <summary>Its value for a candidate.</summary>
    /// <param name="objectives">The candidate's objectives.</param>
    /// <param name="scores"><c>task/score</c> to value.</param>
    /// <returns>The value, or null where its task was not scored.</returns>
    public double? Of(IReadOnlyList<double> objectives, IReadOnlyDictionary<string, double> scores)
    {
        if (Objective is { } index)
        {
            return objectives[index];
        }

        double sum = 0;
        foreach ((string key, double weight) in Terms)
        {
            if (!scores.TryGetValue(key, out double score))
            {
                return null;
            }

            sum += weight * score;
        }

        return sum;
    }

    /// <summary>The expert that floors are measured by.</summary>
    /// <param name="study">The study.</param>
    /// <exception cref="StudyException">It is of several tasks, or its task has no expert.</exception>
    public string Expert(StudyDefinition study)
    {
        string task = Task ?? throw new StudyException($"a floor is a share of what one task's expert gains, and {Name} is of several tasks; a limit takes its value.");
        return study.Tasks.First(one => one.Name == task).Expert ?? throw new StudyException($"a floor is a share of what a task's expert gains, and the study names none for {task}; a limit takes its value.");
    }

    /// <summary>The most that it may be to keep a share of what its task's expert gains over the base.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">The ledger's trials, references among them.</param>
    /// <param name="role">The data.</param>
    /// <param name="share">The share: 0 is the base's value, 1 the expert's.</param>
    /// <exception cref="StudyException">The base or the expert was not scored on that data.</exception>
    public double Floor(StudyDefinition study, IReadOnlyCollection<Trial> trials, DataRole role, double share)
    {
        double Value(string label) => trials.FirstOrDefault(trial => trial.Strategy == Reference.Strategy && trial.Label == label && trial.Role == role && trial.State == TrialState.Complete) is { } reference
            && Of(reference.Objectives, reference.Scores) is { } value
            ? value
            : throw new StudyException($"study {study.Name}: {label} has not been scored on {YamlText.Word(role)} data, which a floor is measured by.");
        double start = Value(Reference.Base);
        return start + (share * (Value(Reference.Expert(Expert(study))) - start));
    }

    // Where a command scores, what it prints is its own affair.
    private static bool IsComputed(StudyDefinition study, string word, out Score? score)
    {
        IReadOnlyList<Score> asked = Evaluation.Objective.ScoresOf(study.Objectives);
        bool isThere = asked.Any(one => one.Name == word || (one.Kind == ScoreKind.NextToken && one.PerplexityName == word)) || (study.Evaluator.Command is null && Always.Contains(word));
        score = isThere || word.Length == 0 ? null
            : study.Evaluator.Command is not null ? new Score(ScoreKind.Given) { Key = word }
            : Evaluation.Score.Kinds.TryGetValue(word, out ScoreKind kind) && new Score(kind) is { NeedsLabels: false, IsFeature: false } plain && kind != ScoreKind.NextToken ? plain
            : null;
        return isThere || score is not null;
    }
}
