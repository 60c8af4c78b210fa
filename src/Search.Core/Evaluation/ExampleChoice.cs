namespace Search.Evaluation;

/// <summary>Which of every task's examples are scored. A pure function of its numbers; equal ones choose the same.</summary>
public abstract record ExampleChoice
{
    /// <summary>The name under which scores keep how many examples of a task were chosen.</summary>
    public static string Mark => "examples";

    /// <summary>The examples of a task.</summary>
    /// <param name="task">The task's index in the study.</param>
    /// <param name="count">How many examples the task has; positive.</param>
    /// <returns>Their indices, in the order in which they are scored.</returns>
    public abstract long[] Choose(int task, int count);

    // Fisher and Yates; a multiple of 2⁻⁵³ is fine enough for any number of examples that fits in memory.
    private protected static long[] Shuffle(Rng rng, int count)
    {
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
