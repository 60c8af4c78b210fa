namespace Search.Evaluation;

/// <summary>A number a search minimises: one score, aggregated over tasks.</summary>
/// <param name="Score">The score's name, such as <c>entropy</c>.</param>
/// <param name="Aggregate">How tasks become one number, or <see cref="Aggregation.None"/> for one objective a task.</param>
public sealed record Objective(string Score, Aggregation Aggregate)
{
    /// <summary>The scores that need no labels, so that a search may use them. All are minimised.</summary>
    public static IReadOnlyList<string> LabelFreeScores { get; } = [PredictionScores.Entropy];

    /// <summary>Reads the objective's values off a candidate's scores.</summary>
    /// <param name="tasks">The scores, one entry a task.</param>
    /// <returns>One value, or one a task with <see cref="Aggregation.None"/>.</returns>
    public IReadOnlyList<double> Values(IReadOnlyList<TaskScores> tasks)
    {
        double[] values = [.. tasks.Select(task => task.Scores[Score])];
        return Aggregate switch
        {
            Aggregation.Mean => [values.Average()],
            Aggregation.Max => [values.Max()],
            _ => values,
        };
    }

    /// <summary>How many values <see cref="Values"/> gives.</summary>
    /// <param name="tasks">How many tasks there are.</param>
    public int Count(int tasks) => Aggregate == Aggregation.None ? tasks : 1;
}
