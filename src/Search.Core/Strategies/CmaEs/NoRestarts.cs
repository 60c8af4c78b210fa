namespace Search.Strategies.CmaEs;

/// <summary>One run only.</summary>
internal sealed class NoRestarts : RestartSchedule
{
    /// <inheritdoc/>
    public override RestartPlan? Next(int lambda, long evaluations, Rng rng) => null;
}
