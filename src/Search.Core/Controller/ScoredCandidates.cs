namespace Search.Controller;

/// <summary>Candidates that were scored on the same data, in brief.</summary>
/// <param name="Count">How many.</param>
/// <param name="Worst">The most of each objective among them; empty of none.</param>
public sealed record ScoredCandidates(long Count, IReadOnlyList<double> Worst)
{
    /// <summary>Sums candidates up.</summary>
    /// <param name="objectives">Their objectives.</param>
    public static ScoredCandidates Of(IEnumerable<IReadOnlyList<double>> objectives)
    {
        long count = 0;
        double[] worst = [];
        foreach (IReadOnlyList<double> vector in objectives)
        {
            worst = count++ == 0 ? [.. vector] : worst;
            for (int i = 0; i < worst.Length; i++)
            {
                worst[i] = Math.Max(worst[i], vector[i]);
            }
        }

        return new ScoredCandidates(count, worst);
    }

    /// <summary>These and others.</summary>
    /// <param name="others">The others.</param>
    public ScoredCandidates With(ScoredCandidates others) =>
        new(Count + others.Count, Of(new[] { Worst, others.Worst }.Where(worst => worst.Count > 0)).Worst);
}
