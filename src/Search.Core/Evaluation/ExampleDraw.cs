namespace Search.Evaluation;

/// <summary>
/// A seeded draw of a few examples of every task, as a gradient step sees them: each task's examples are shuffled anew every epoch and
/// dealt in order, so that none comes twice before all came once. A pure function of its numbers.
/// </summary>
/// <param name="Seed">The study's seed.</param>
/// <param name="Step">The step, from 0.</param>
/// <param name="Examples">How many examples a task; positive.</param>
public sealed record ExampleDraw(long Seed, long Step, int Examples)
{
    /// <summary>The name under which scores keep how many examples of a task were drawn.</summary>
    public static string Mark => "examples";

    /// <summary>The examples of a task.</summary>
    /// <param name="task">The task's index in the study.</param>
    /// <param name="count">How many examples the task has; positive.</param>
    /// <returns>Their indices, in the order dealt.</returns>
    public long[] Of(int task, int count)
    {
        var rows = new long[Examples];
        long first = checked(Step * Examples);
        long[] order = [];
        for (int i = 0; i < Examples; i++)
        {
            (long epoch, long place) = Math.DivRem(first + i, count);
            if (i == 0 || place == 0)
            {
                order = Shuffle(task, epoch, count);
            }

            rows[i] = order[place];
        }

        return rows;
    }

    // Fisher and Yates; a multiple of 2⁻⁵³ is fine enough for any number of examples that fits in memory.
    private long[] Shuffle(int task, long epoch, int count)
    {
        var rng = new Rng(Seed, task, epoch);
        var order = new long[count];
        for (int i = 0; i < count; i++)
        {
            int j = (int)(rng.NextUniform() * (i + 1));
            order[i] = order[j];
            order[j] = i;
        }

        return order;
    }
}
