using System.Globalization;

namespace Search.Evaluation;

/// <summary>
/// A number a search minimises: a weighted sum of scores for each task, or its negative, aggregated over tasks, and what the coefficients themselves add.
/// </summary>
/// <param name="Terms">The scores that are summed; at least one.</param>
/// <param name="Aggregate">How tasks become one number, or <see cref="Aggregation.None"/> for one objective a task.</param>
public sealed record Objective(IReadOnlyList<ObjectiveTerm> Terms, Aggregation Aggregate = Aggregation.Mean)
{
    /// <summary>Creates an objective of one score.</summary>
    /// <param name="score">The score.</param>
    /// <param name="aggregate">How tasks become one number.</param>
    public Objective(ScoreKind score, Aggregation aggregate = Aggregation.Mean)
        : this([new ObjectiveTerm(new Score(score), 1)], aggregate)
    {
    }

    /// <summary>For <see cref="Aggregation.Weighted"/>: what each task weighs, at least 0 and not all 0.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    /// <summary>What the coefficients themselves add to each value.</summary>
    public Regulariser Regulariser { get; init; } = Regulariser.None;

    /// <summary>Which sums of scores are better. Everything here is about what is minimised: the negative of a sum that is to be large.</summary>
    /// <value>The default is <see cref="Direction.Minimize"/>.</value>
    public Direction Direction { get; init; }

    /// <summary>Whether the study says that the labels of search data may be used.</summary>
    public bool Labelled { get; init; }

    /// <summary>Tasks whose scores count for <see cref="Values"/> but have no share in the derivative.</summary>
    public IReadOnlyCollection<string> Stopped { get; init; } = [];

    /// <summary>The name of the mark that scores carry for a task in <see cref="Stopped"/>.</summary>
    public static string StoppedFlag => "stopped";

    /// <summary>What people read, such as <c>entropy</c>, <c>feature_l2:/encoder/out + 0.5 kl</c> or, of what is maximised, <c>-accuracy</c>.</summary>
    public string Title => Direction == Direction.Minimize ? Sums : Terms.Count == 1 ? $"-{Sums}" : $"-({Sums})";

    private string Sums => string.Join(" + ", Terms.Select(term => term.Weight == 1 ? term.Score.Name : string.Create(CultureInfo.InvariantCulture, $"{term.Weight} {term.Score.Name}")));

    /// <summary>What is minimised where a sum of scores has a value.</summary>
    /// <param name="scores">The sum.</param>
    public double Minimised(double scores) => Direction == Direction.Minimize ? scores : -scores;

    /// <summary>The different scores that objectives need.</summary>
    /// <param name="objectives">The objectives.</param>
    public static IReadOnlyList<Score> ScoresOf(IEnumerable<Objective> objectives) =>
        [.. objectives.SelectMany(objective => objective.Terms).Select(term => term.Score).DistinctBy(score => score.Name)];

    /// <summary>How many values <see cref="Values"/> gives.</summary>
    /// <param name="tasks">How many tasks there are.</param>
    public int Count(int tasks) => Aggregate == Aggregation.None ? tasks : 1;

    /// <summary>The objectives that have this one's values one by one: itself, or with <see cref="Aggregation.None"/> one a task.</summary>
    /// <param name="tasks">The tasks scored.</param>
    public IReadOnlyList<Objective> OneValued(IReadOnlyList<string> tasks) => Aggregate != Aggregation.None ? [this]
        : [.. tasks.Select(task => this with { Aggregate = Aggregation.Weighted, Weights = tasks.ToDictionary(other => other, other => other == task ? 1.0 : 0.0) })];

    /// <summary>Whether a task's scores can count.</summary>
    /// <param name="task">The task.</param>
    public bool LooksAt(string task) => Aggregate != Aggregation.Weighted || Weights[task] != 0;

    /// <summary>Reads the objective's values off a candidate's scores.</summary>
    /// <param name="tasks">The scores, one entry a task.</param>
    /// <param name="coefficients">The candidate.</param>
    /// <param name="initial">Where the search starts.</param>
    /// <returns>One value, or one a task with <see cref="Aggregation.None"/>.</returns>
    public IReadOnlyList<double> Values(IReadOnlyList<TaskScores> tasks, IReadOnlyList<double> coefficients, IReadOnlyList<double> initial)
    {
        double[] values = [.. tasks.Select(Sum)];
        double added = Regulariser.Value(coefficients, initial);
        return Aggregate switch
        {
            Aggregation.Mean => [values.Average() + added],
            Aggregation.Weighted => [TaskShares([.. tasks.Select(task => task.Task)]).Zip(values, (share, value) => share * value).Sum() + added],
            Aggregation.Max => [values.Max() + added],
            _ => [.. values.Select(value => value + added)],
        };
    }

    /// <summary>A task's part of the objective.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="scores"><c>task/score</c> to value, as the ledger has them.</param>
    public double TaskValue(string task, IReadOnlyDictionary<string, double> scores) => Sum(score => scores[$"{task}/{score}"]);

    /// <summary>The objective's derivative by each score, where it does not depend on the scores: not with <see cref="Aggregation.Max"/>.</summary>
    /// <param name="tasks">The tasks scored.</param>
    /// <returns>By task, then by term.</returns>
    /// <exception cref="InvalidOperationException">It depends on the scores, or there is not one value but one a task.</exception>
    public IReadOnlyList<IReadOnlyList<double>> TaskWeights(IReadOnlyList<string> tasks) =>
        ByTerm([.. TaskShares(tasks).Zip(tasks, (share, task) => Stopped.Contains(task) ? 0 : share)]);

    /// <summary>The objective's derivative by each score. The first of several worst tasks counts as the worst.</summary>
    /// <param name="tasks">The scores, one entry a task.</param>
    /// <returns>By task, then by term.</returns>
    /// <exception cref="InvalidOperationException">There is not one value but one a task.</exception>
    public IReadOnlyList<IReadOnlyList<double>> TaskWeights(IReadOnlyList<TaskScores> tasks)
    {
        if (Aggregate != Aggregation.Max)
        {
            return TaskWeights([.. tasks.Select(task => task.Task)]);
        }

        double[] values = [.. tasks.Select(task => Stopped.Contains(task.Task) ? double.NegativeInfinity : Sum(task))];
        int worst = Array.IndexOf(values, values.Max());
        return ByTerm([.. values.Select((_, task) => task == worst ? 1.0 : 0.0)]);
    }

    private double Sum(TaskScores task) => Sum(score => task.Scores[score]);

    private double Sum(Func<string, double> score)
    {
        double sum = 0;
        foreach (ObjectiveTerm term in Terms)
        {
            sum += term.Weight * score(term.Score.Name);
        }

        return Minimised(sum);
    }

    private double[] TaskShares(IReadOnlyList<string> tasks)
    {
        switch (Aggregate)
        {
            case Aggregation.None when tasks.Count == 1:
            case Aggregation.Mean:
                return [.. tasks.Select(_ => 1.0 / tasks.Count)];
            case Aggregation.Weighted:
                double total = tasks.Sum(task => Weights[task]);
                return [.. tasks.Select(task => Weights[task] / total)];
            default:
                throw new InvalidOperationException($"Aggregation {Aggregate} has no weights that hold for any scores.");
        }
    }

    private IReadOnlyList<double>[] ByTerm(IReadOnlyList<double> shares) =>
        [.. shares.Select(share => (IReadOnlyList<double>)[.. Terms.Select(term => Minimised(share * term.Weight))])];
}
