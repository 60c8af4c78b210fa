namespace Search.Strategies.CmaEs;

/// <summary>Decides what follows when a run has stopped.</summary>
internal abstract class RestartSchedule
{
    /// <summary>Plans the next run.</summary>
    /// <param name="lambda">The first run's number of points a generation.</param>
    /// <param name="evaluations">What the run that has just stopped has used.</param>
    /// <param name="rng">Random numbers for this decision.</param>
    /// <returns>The plan, or null when the search is over.</returns>
    public abstract RestartPlan? Next(int lambda, long evaluations, Rng rng);
}
