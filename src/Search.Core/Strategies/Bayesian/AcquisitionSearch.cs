using Search.Strategies.Sampling;

namespace Search.Strategies.Bayesian;

/// <summary>Where an evaluation promises most, pending candidates imagined: a point that is neither known nor pending.</summary>
/// <param name="embedding">The axes.</param>
/// <param name="proposer">How the point is chosen.</param>
/// <param name="seed">The seed of the random numbers.</param>
internal sealed class AcquisitionSearch(AxisEmbedding embedding, Proposer proposer, long seed)
{
    private const int Outcomes = 32; // imagined for pending candidates
    private const int BestKnown = 2;
    private const long FantasyStream = 0xFA27;
    private const long ProposalStream = 0x9409;

    /// <summary>Chooses a point.</summary>
    /// <param name="process">The process, conditioned on the data.</param>
    /// <param name="data">The data.</param>
    /// <param name="pending">The inputs of candidates that have not been told.</param>
    /// <param name="number">How many candidates were asked for, which decides what is drawn.</param>
    /// <returns>One number in [0, 1] an axis.</returns>
    public double[] Next(GaussianProcess process, TrialData data, double[][] pending, long number)
    {
        List<double[]> observed = data.Inputs;
        var rng = new Rng(seed, ProposalStream, number);
        double[][] means = [new double[observed.Count]];
        process.Predict(observed, means, new double[observed.Count]);
        double[][] best = [.. Enumerable.Range(0, observed.Count).OrderBy(i => means[0][i]).Take(BestKnown).Select(i => data.Points[i])];

        proposer.Observe(process, observed.Count);
        bool isImagined = pending.Length > 0 && process.TryImagine(pending, Normals(pending.Length, number));
        List<double[]> known = [.. observed, .. pending];
        double[] point = proposer.Propose(new Belief(process, embedding, observed, known, best), rng);
        if (isImagined)
        {
            process.Forget();
        }

        return embedding.Unlike(known, point, rng);
    }

    private double[][] Normals(int points, long number)
    {
        var sequence = new SobolSequence(points, unchecked((long)new Rng(seed, FantasyStream, number).NextBits()));
        double[][] normals = new double[Outcomes][];
        for (int s = 0; s < Outcomes; s++)
        {
            normals[s] = new double[points];
            sequence.Point(s, normals[s]);
            for (int i = 0; i < points; i++)
            {
                normals[s][i] = NormalDistribution.Quantile(normals[s][i] + (0.5 / (1L << 32)));
            }
        }

        return normals;
    }
}
