namespace Search.Evaluation;

/// <summary>
/// A stretch of every task's examples in one seeded order, the same for all candidates: stretches that follow one another have every example once,
/// and those up to a place are a random sample of all.
/// </summary>
/// <param name="Seed">The study's seed.</param>
/// <param name="From">The share of each task's examples that lies before it, 0 to 1.</param>
/// <param name="To">The share that lies before its end, more than <paramref name="From"/> and at most 1.</param>
public sealed record ExampleStretch(long Seed, double From, double To) : ExampleChoice
{
    private const long Stream = -1; // draws have streams 0, 1, …

    /// <inheritdoc/>
    public override long[] Choose(int task, int count) => Shuffle(new Rng(Seed, task, Stream), count)[Place(From, count)..Place(To, count)];

    // What rounding adds to a whole number is no example.
    private static int Place(double share, int count) => Math.Min(count, (int)Math.Ceiling((share * count) - 1e-9));
}
