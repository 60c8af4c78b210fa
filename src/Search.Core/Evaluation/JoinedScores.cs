namespace Search.Evaluation;

/// <summary>What scores of parts of a task's examples say of all of them.</summary>
internal static class JoinedScores
{
    /// <summary>Joins the scores of parts that have no example in common.</summary>
    /// <param name="parts">The parts, at least one.</param>
    /// <returns>The scores of all of their examples, to rounding what one evaluation of them gives.</returns>
    public static TaskScores Of(IReadOnlyList<TaskScores> parts)
    {
        int examples = parts.Sum(part => part.Examples);
        double Mean(Func<TaskScores, double> value) => parts.Sum(part => part.Examples * value(part)) / examples;
        double[] prediction = [.. Enumerable.Range(0, parts.Min(part => part.MeanPrediction.Count)).Select(index => Mean(part => part.MeanPrediction[index]))];
        double marginal = PredictionScores.EntropyOf(prediction);
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string name in parts[0].Scores.Keys.Where(name => parts.All(part => part.Scores.ContainsKey(name))))
        {
            scores[name] = name switch
            {
                PredictionScores.MarginalEntropy => marginal,
                PredictionScores.Infomax => Mean(part => part.Scores[PredictionScores.Entropy]) - marginal,
                _ when name.StartsWith(PredictionScores.Perplexity, StringComparison.Ordinal) => Math.Exp(Mean(part => Math.Log(part.Scores[name]))),
                _ => Mean(part => part.Scores[name]),
            };
        }

        return new TaskScores(parts[0].Task, scores, examples, parts.Sum(part => part.Batches)) { MeanPrediction = prediction };
    }
}
