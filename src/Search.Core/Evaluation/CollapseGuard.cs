using System.Globalization;

namespace Search.Evaluation;

/// <summary>
/// Notices models that give every row the same answer. Such a model is confident, so label-free scores praise it; what betrays it is the
/// entropy of its mean prediction.
/// </summary>
/// <param name="floor">The fraction of ln C that the entropy of the mean prediction must reach, 0 to 1; 0 lets everything pass.</param>
public sealed class CollapseGuard(double floor)
{
    /// <summary>The key, beside a task's scores, of the 1 that flags a collapse.</summary>
    public const string Flag = "collapsed";

    /// <summary>The fraction that studies use unless they say otherwise.</summary>
    public const double DefaultFloor = 0.1;

    /// <summary>Describes a collapse.</summary>
    /// <param name="task">A task's scores.</param>
    /// <returns>What the task's model predicts, or null when it has not collapsed.</returns>
    public string? Describe(TaskScores task)
    {
        IReadOnlyList<double> prediction = task.MeanPrediction;
        if (prediction.Count < 2)
        {
            return null;
        }

        double least = floor * Math.Log(prediction.Count);
        double entropy = task.Scores[PredictionScores.MarginalEntropy];
        if (entropy >= least)
        {
            return null;
        }

        int top = Enumerable.Range(0, prediction.Count).MaxBy(index => prediction[index]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"task '{task.Task}' predicts class {top} with probability {prediction[top]:0.000} on average (entropy of the mean prediction {entropy:0.0000} nats, floor {least:0.0000})");
    }
}
