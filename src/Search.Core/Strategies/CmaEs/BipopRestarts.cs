namespace Search.Strategies.CmaEs;

/// <summary>
/// Runs with more and more points a generation alternate with runs of few points and small steps, so that both kinds use as many
/// evaluations (Hansen 2009, BI-population CMA-ES). The first run counts as one of the small ones.
/// </summary>
internal sealed class BipopRestarts : RestartSchedule
{
    private long _small;
    private long _large;
    private int _doublings;
    private bool _isLarge;

    /// <inheritdoc/>
    public override RestartPlan? Next(int lambda, long evaluations, Rng rng)
    {
        if (_isLarge)
        {
            _large += evaluations;
        }
        else
        {
            _small += evaluations;
        }

        _isLarge = _small >= _large;
        if (_isLarge)
        {
            _doublings = Math.Min(_doublings + 1, IpopRestarts.MaximalDoublings);
            return new RestartPlan(lambda << _doublings, 1, int.MaxValue);
        }

        double u = rng.NextUniform();
        int points = Math.Max(2, (int)(lambda * Math.Pow(Math.Pow(2, _doublings), u * u)));
        return new RestartPlan(points, Math.Pow(10, -2 * rng.NextUniform()), (int)Math.Clamp(_large / 2 / points, 1, int.MaxValue));
    }
}
