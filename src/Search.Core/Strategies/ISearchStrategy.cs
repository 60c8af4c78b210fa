namespace Search.Strategies;

/// <summary>
/// Proposes candidates and learns from their verdicts. A strategy always minimises, sees neither models nor data, and is a pure function
/// of its options, its seed and what it was told, so that a ledger replayed through it restores it bit for bit.
/// </summary>
public interface ISearchStrategy
{
    /// <summary>The strategy's name as studies write it.</summary>
    string Name { get; }

    /// <summary>How many candidates it would like to be asked for at once.</summary>
    int PopulationSize { get; }

    /// <summary>Why it has nothing left to propose, or null while it has.</summary>
    string? StopReason { get; }

    /// <summary>What its model says of itself, such as how far predictions are from what was measured: sentences for whoever reads the results.</summary>
    /// <value>The default is none.</value>
    IReadOnlyList<string> Notes => [];

    /// <summary>Proposes candidates.</summary>
    /// <param name="count">How many at most; positive.</param>
    /// <returns>Between one and <paramref name="count"/> candidates; none when verdicts must come first or the strategy has stopped.</returns>
    IReadOnlyList<Candidate> Ask(int count);

    /// <summary>Learns from candidates that were asked for and not told before, in any order.</summary>
    /// <param name="verdicts">The verdicts; the list is not kept or changed. When one of them is refused, none of them counts.</param>
    /// <exception cref="ArgumentException">A candidate was not asked for or was told before, or its objectives are of the wrong number or not finite.</exception>
    void Tell(IReadOnlyList<Verdict> verdicts);

    /// <summary>Learns from trials that somebody else proposed in the same space: where to start before the first candidate is asked for, a hint from then on.</summary>
    /// <param name="observations">The trials; the list is not kept or changed. When one of them is refused, none of them counts.</param>
    /// <exception cref="ArgumentException">Coefficients or objectives are of the wrong number or not finite.</exception>
    void Learn(IReadOnlyList<Observation> observations);

    /// <summary>The point that it believes to be the best.</summary>
    /// <returns>A feasible point, or null before anything was told, and always where it looks for a front, of which no point is the best.</returns>
    Recommendation? Recommend();

    /// <summary>
    /// The told candidates that a strategy for fronts believes to be the best compromises, which are not the luckiest that it saw. Does not change what it proposes.
    /// </summary>
    /// <returns>Their coefficients; none where it has no belief beyond what was measured.</returns>
    IReadOnlyList<IReadOnlyList<double>> RecommendFront() => [];
}
