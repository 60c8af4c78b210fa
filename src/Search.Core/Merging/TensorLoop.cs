using System.Runtime.ExceptionServices;

namespace Search.Merging;

/// <summary>Does something for every tensor, or part of one, several at once where memory allows.</summary>
internal static class TensorLoop
{
    /// <summary>Runs an action for every index.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="action">What is done; what it does for one index must not depend on the others, nor on whether it was begun before.</param>
    /// <param name="threads">How many threads may take part; −1 for as many as there are cores.</param>
    /// <exception cref="SearchException">What the action said of the least index that it was refused for: one sentence, whichever thread came first.</exception>
    /// <exception cref="OutOfMemoryException">Not even one at a time fits in memory.</exception>
    public static void ForEach(int count, Action<int> action, int threads = -1)
    {
        var refused = new SearchException?[count];
        var isDone = new bool[count];
        void One(int index)
        {
            try
            {
                action(index);
            }
            catch (SearchException exception)
            {
                refused[index] = exception;
            }

            isDone[index] = true;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads < 0 ? Environment.ProcessorCount : threads }, One);
        }
        catch (AggregateException exception) when (exception.Flatten().InnerExceptions.All(inner => inner is OutOfMemoryException))
        {
            // One after another what was left needs less.
            for (int index = 0; index < count; index++)
            {
                if (!isDone[index])
                {
                    One(index);
                }
            }
        }

        if (refused.FirstOrDefault(exception => exception is not null) is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
