namespace Search.Results.Fronts;

/// <summary>The vectors that none of those seen dominates, each with what it belongs to. All are minimised.</summary>
/// <typeparam name="T">What vectors belong to.</typeparam>
/// <param name="resolution">
/// The side of the boxes of which each may hold one vector, so that a long run's archive stays small (Laumanns et al. 2002,
/// doi:10.1162/106365602760234108); 0 keeps all.
/// </param>
public sealed class ParetoArchive<T>(double resolution = 0)
{
    private readonly List<(double[] Objectives, T Item)> _entries = [];

    /// <summary>What is kept, in the order of its coming.</summary>
    public IReadOnlyList<(double[] Objectives, T Item)> Entries => _entries;

    /// <summary>Shows it a vector; of equal ones it keeps the first.</summary>
    /// <param name="objectives">The vector; finite.</param>
    /// <param name="item">What it belongs to.</param>
    /// <returns>Whether it is kept; those that it dominates are then gone.</returns>
    public bool Add(double[] objectives, T item)
    {
        double[] box = Box(objectives);
        foreach ((double[] other, _) in _entries)
        {
            double[] theirs = Box(other);
            bool shares = resolution > 0 && theirs.AsSpan().SequenceEqual(box);
            if (shares ? !Dominance.Dominates(objectives, other) : Dominance.IsWithin(theirs, box))
            {
                return false;
            }
        }

        _entries.RemoveAll(entry => Dominance.IsWithin(box, Box(entry.Objectives)));
        _entries.Add((objectives, item));
        return true;
    }

    private double[] Box(double[] objectives) => resolution > 0 ? [.. objectives.Select(value => Math.Floor(value / resolution))] : objectives;
}
