namespace Search.Evaluation;

/// <summary>
/// A seeded draw of a few examples of every task, as a gradient step sees them: each task's examples are shuffled anew every epoch and
/// dealt in order, so that none comes twice before all came once. A pure function of its numbers.
/// </summary>
/// <param name="Seed">The study's seed.</param>
/// <param name="Step">The step, from 0.</param>
/// <param name="Examples">How many examples a task; positive.</param>
public sealed record ExampleDraw(long Seed, long Step, int Examples) : ExampleChoice
{
    /// <inheritdoc/>
    public override long[] Choose(int task, int count)
    {
        var rows = new long[Examples];
        long first = checked(Step * Examples);
        long[] order = [];
        for (int i = 0; i < Examples; i++)
        {
            (long epoch, long place) = Math.DivRem(first + i, count);
            if (i == 0 || place == 0)
            {
                order = Shuffle(new Rng(Seed, task, epoch), count);
            }

            rows[i] = order[place];
        }

        return rows;
    }
}
