namespace Search.Strategies.CmaEs;

/// <summary>Every run has twice as many points a generation as the one before (Auger and Hansen 2005), up to 512 times as many as the first.</summary>
internal sealed class IpopRestarts : RestartSchedule
{
    internal const int MaximalDoublings = 9;
    private int _restarts;

    /// <inheritdoc/>
    public override RestartPlan? Next(int lambda, long evaluations, Rng rng)
    {
        _restarts = Math.Min(_restarts + 1, MaximalDoublings);
        return new RestartPlan(lambda << _restarts, 1, int.MaxValue);
    }
}
