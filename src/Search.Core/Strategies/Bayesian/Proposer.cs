namespace Search.Strategies.Bayesian;

/// <summary>How the next point is chosen from a Gaussian process.</summary>
internal abstract class Proposer
{
    /// <summary>Chooses a point.</summary>
    /// <param name="belief">What is known.</param>
    /// <param name="rng">What is drawn from.</param>
    /// <returns>One number in [0, 1] an axis.</returns>
    public abstract double[] Propose(Belief belief, Rng rng);
}
