namespace Search.Strategies.Genetic;

/// <summary>
/// Each parent is the best of a few individuals. The tournaments run through shuffled copies of the population, so that with tournaments of
/// two nobody plays more than once oftener than anybody else (Deb et al. 2002, the selection of NSGA-II).
/// </summary>
public sealed record TournamentSelection : ISelection
{
    /// <summary>Sets the pressure.</summary>
    /// <param name="size">Individuals a tournament; at least 1, where 1 is no pressure at all.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1.</exception>
    public TournamentSelection(int size = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
    }

    /// <summary>Individuals a tournament.</summary>
    public int Size { get; }

    /// <inheritdoc/>
    public void Fill(IReadOnlyList<Individual> population, Span<int> parents, Rng rng)
    {
        int[] order = [.. Enumerable.Range(0, population.Count)];
        int next = order.Length;
        foreach (ref int parent in parents)
        {
            parent = order.Length;
            for (int i = 0; i < Size; i++)
            {
                if (next == order.Length)
                {
                    Shuffle(order, rng);
                    next = 0;
                }

                parent = Math.Min(parent, order[next++]); // the population is sorted: the lesser index is the better individual
            }
        }
    }

    // Fisher and Yates, in Durstenfeld's form.
    private static void Shuffle(int[] order, Rng rng)
    {
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = (int)(rng.NextUniform() * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
    }
}
