namespace Search.Strategies.Bayesian;

/// <summary>Chooses the highest point of an acquisition function.</summary>
internal sealed class AcquisitionProposer(AcquisitionFunction function) : Proposer
{
    /// <inheritdoc/>
    public override double[] Propose(Belief belief, Rng rng) => new PointSearch(belief.Embedding)
        .Climb(new AcquisitionSurface(belief.Process, function, belief.Known), belief.Process, belief.Best, rng).Point;
}
