namespace Search.Strategies.Bayesian;

/// <summary>
/// GP-Hedge (Hoffman, Brochu and de Freitas 2011, algorithm 2): every proposer nominates a point, one of them is drawn in proportion to
/// e^(η gain); a proposer gains by how low the objective is later believed to be where it nominated.
/// </summary>
/// <param name="proposers">Who nominates.</param>
internal sealed class HedgeProposer(IReadOnlyList<Proposer> proposers) : Proposer
{
    private const double Eta = 1;

    private readonly double[] _gains = new double[proposers.Count];
    private readonly List<double[][]> _nominations = []; // inputs, not yet rewarded
    private int _observed;

    /// <inheritdoc/>
    public override void Observe(GaussianProcess process, int observed)
    {
        if (observed > _observed)
        {
            Reward(process);
            _observed = observed;
        }
    }

    /// <inheritdoc/>
    public override double[] Propose(Belief belief, Rng rng)
    {
        double[][] nominees = [.. proposers.Select(proposer => proposer.Propose(belief, rng))];
        _nominations.Add([.. nominees.Select(nominee => belief.Embedding.Embed(nominee))]);
        double highest = _gains.Max();
        double[] shares = [.. _gains.Select(gain => Math.Exp(Eta * (gain - highest)))];
        double drawn = rng.NextUniform() * shares.Sum();
        int chosen = 0;
        while (chosen < shares.Length - 1 && (drawn -= shares[chosen]) >= 0)
        {
            chosen++;
        }

        return nominees[chosen];
    }

    private void Reward(GaussianProcess process)
    {
        foreach (double[][] nominees in _nominations)
        {
            for (int i = 0; i < nominees.Length; i++)
            {
                _gains[i] -= process.Predict(nominees[i]).Mean;
            }
        }

        _nominations.Clear();
    }
}
