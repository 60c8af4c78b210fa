namespace Search.Strategies.Bayesian;

/// <summary>How the next point is chosen from a Gaussian process.</summary>
internal abstract class Proposer
{
    /// <summary>Sees the process before every choice, while it knows the observed inputs only.</summary>
    /// <param name="process">The process; nothing is imagined in it.</param>
    /// <param name="observed">How many inputs it has observed.</param>
    public virtual void Observe(GaussianProcess process, int observed)
    {
    }

    /// <summary>Chooses a point.</summary>
    /// <param name="belief">What is known.</param>
    /// <param name="rng">What is drawn from.</param>
    /// <returns>One number in [0, 1] an axis.</returns>
    public abstract double[] Propose(Belief belief, Rng rng);
}
