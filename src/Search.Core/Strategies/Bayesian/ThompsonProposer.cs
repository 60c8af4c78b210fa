namespace Search.Strategies.Bayesian;

/// <summary>Chooses the lowest point of one function drawn from the posterior (Thompson 1933): pending points need no care, every draw differs.</summary>
internal sealed class ThompsonProposer : Proposer
{
    /// <inheritdoc/>
    public override double[] Propose(Belief belief, Rng rng)
    {
        belief.Process.Forget();
        return new PointSearch(belief.Embedding).Climb(new PathSurface(belief.Process, belief.Observed, rng), belief.Process, belief.Best, rng).Point;
    }
}
