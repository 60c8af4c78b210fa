using Search.Evaluation;
using Search.Results;

namespace Search.Controller.Racing;

/// <summary>Rungs of races as rows of the ledger, and what rows say together.</summary>
internal static class RungRows
{
    private const string Prediction = "prediction";

    /// <summary>Keeps in a row all that is needed to join it with others.</summary>
    /// <param name="trial">The row.</param>
    /// <param name="tasks">The scores of the examples that the rung added.</param>
    public static Trial Fill(Trial trial, IReadOnlyList<TaskScores> tasks) => trial with
    {
        State = TrialState.Running,
        Fidelity = tasks.Sum(task => task.Batches),
        Scores = new SortedDictionary<string, double>(
            tasks.SelectMany(task => task.Scores.Append(KeyValuePair.Create(ExampleChoice.Mark, (double)task.Examples)).Select(score => KeyValuePair.Create($"{task.Task}/{score.Key}", score.Value))).ToDictionary(),
            StringComparer.Ordinal),
        Blocks = new SortedDictionary<string, IReadOnlyList<double>>(
            tasks.SelectMany(task => task.Blocks.Append(KeyValuePair.Create(Prediction, task.MeanPrediction)).Select(score => KeyValuePair.Create($"{task.Task}/{score.Key}", score.Value))).ToDictionary(),
            StringComparer.Ordinal),
    };

    /// <summary>The scores of all of a candidate's rungs so far, the same bits whether the rows were just made or read from the ledger.</summary>
    /// <param name="rungs">Its rows.</param>
    /// <param name="tasks">The names of the study's tasks.</param>
    public static TaskScores[] Join(IReadOnlyList<Trial> rungs, IReadOnlyList<string> tasks) =>
        [.. tasks.Select(task => JoinedScores.Of([.. rungs.Select(rung => Of(rung, task))]))];

    /// <summary>Scores as rows have them.</summary>
    /// <param name="tasks">One entry a task.</param>
    /// <returns><c>task/score</c> to value.</returns>
    public static Dictionary<string, double> Scores(IReadOnlyList<TaskScores> tasks) =>
        tasks.SelectMany(task => task.Scores.Select(score => KeyValuePair.Create($"{task.Task}/{score.Key}", score.Value))).ToDictionary();

    /// <summary>What a candidate's rungs took together.</summary>
    /// <param name="trial">The row that gets it.</param>
    /// <param name="rungs">The rungs, at least one.</param>
    public static Trial Spent(Trial trial, IReadOnlyList<Trial> rungs) => trial with
    {
        StartedAt = rungs[0].StartedAt,
        Engine = rungs[0].Engine,
        Device = rungs[0].Device,
        Fidelity = rungs.Sum(rung => rung.Fidelity),
        MergeMs = rungs.Sum(rung => rung.MergeMs),
        ForwardMs = rungs.Sum(rung => rung.ForwardMs),
        BackwardMs = rungs.Sum(rung => rung.BackwardMs),
        ObjectiveMs = rungs.Sum(rung => rung.ObjectiveMs),
        Bytes = rungs.Sum(rung => rung.Bytes),
    };

    /// <summary>How many examples a rung added, over all tasks.</summary>
    /// <param name="rung">Its row.</param>
    public static double Examples(Trial rung) => rung.Scores.Where(score => score.Key.EndsWith($"/{ExampleChoice.Mark}", StringComparison.Ordinal)).Sum(score => score.Value);

    private static TaskScores Of(Trial rung, string task)
    {
        string start = $"{task}/";
        IEnumerable<KeyValuePair<string, double>> scores = rung.Scores.Where(score => score.Key.StartsWith(start, StringComparison.Ordinal))
            .Select(score => KeyValuePair.Create(score.Key[start.Length..], score.Value));
        return new TaskScores(task, scores.Where(score => score.Key != ExampleChoice.Mark).ToDictionary(), (int)rung.Scores[start + ExampleChoice.Mark], 0)
        {
            MeanPrediction = rung.Blocks.GetValueOrDefault(start + Prediction) ?? [],
        };
    }
}
