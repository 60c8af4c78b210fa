using Search.Results.Fronts;
using Search.Strategies.Bayesian;

namespace Search.Strategies.Fronts;

/// <summary>The front of what Gaussian processes, one an objective, expect at the points that were scored: luck that the neighbours of a point did not have counts little in it.</summary>
internal static class BelievedFront
{
    /// <summary>Fits the processes anew and finds the front.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="space">What points are decoded by.</param>
    /// <param name="embedding">The space's axes.</param>
    /// <param name="prior">The prior of a process's numbers.</param>
    /// <param name="objectives">How many objectives there are.</param>
    /// <returns>The coefficients of its points; none before anything was scored.</returns>
    public static IReadOnlyList<IReadOnlyList<double>> Of(TrialBook trials, SearchSpace space, AxisEmbedding embedding, HyperPrior prior, int objectives)
    {
        if (trials.Data() is not { } data)
        {
            return [];
        }

        double[][] means = [.. Enumerable.Range(0, objectives).Select(m =>
        {
            var model = new SurrogateModel(new Matern52Kernel(), prior, embedding.Groups);
            model.Update(data.Inputs, trials.Data(outcome: values => values[m])!.Values);
            return Means(model, data);
        })];
        return [.. Dominance.Front(ByPoint(means)).Select(index => space.Decode(data.Points[index]))];
    }

    /// <summary>What a model expects at the points it knows, in its process's units, which keep the order of outcomes.</summary>
    public static double[] Means(SurrogateModel model, TrialData data)
    {
        double[] means = new double[data.Inputs.Count];
        model.Process.Predict(data.Inputs, [means], new double[means.Length]);
        return means;
    }

    /// <summary>One vector a point of one row an objective.</summary>
    public static double[][] ByPoint(double[][] rows) => [.. rows[0].Select((_, i) => rows.Select(row => row[i]).ToArray())];
}
