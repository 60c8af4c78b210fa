namespace Search.Evaluation;

/// <summary>
/// Means of scores over blocks of consecutive examples, as alike in length as can be. What a mean over all examples owes to which of them were
/// drawn is estimated by drawing blocks anew (the bootstrap: Efron 1979, doi:10.1214/aos/1176344552), without the scores of single examples.
/// </summary>
/// <param name="examples">How many examples there are in all, at least 1.</param>
/// <param name="slots">How many scores.</param>
public sealed class ScoreBlocks(int examples, int slots)
{
    /// <summary>How many blocks examples are divided into at most.</summary>
    public const int Most = 32;

    private readonly int _blocks = Math.Min(Most, examples);
    private readonly double[] _sums = new double[slots * Math.Min(Most, examples)];
    private readonly long[] _counts = new long[slots * Math.Min(Most, examples)];

    /// <summary>Adds to a score.</summary>
    /// <param name="slot">Which score.</param>
    /// <param name="example">Of which example, from 0.</param>
    /// <param name="sum">The sum of the score's values there.</param>
    /// <param name="count">How many values.</param>
    public void Add(int slot, int example, double sum, int count = 1)
    {
        int at = (slot * _blocks) + (int)((long)example * _blocks / examples);
        _sums[at] += sum;
        _counts[at] += count;
    }

    /// <summary>The means of a score.</summary>
    /// <param name="slot">Which score.</param>
    /// <returns>One a block, or nothing where a block has no values.</returns>
    public IReadOnlyList<double> Means(int slot)
    {
        int first = slot * _blocks;
        return _counts.AsSpan(first, _blocks).Contains(0) ? [] : [.. Enumerable.Range(first, _blocks).Select(at => _sums[at] / _counts[at])];
    }
}
