namespace Search.Merging;

/// <summary>Does something for every tensor, several at once.</summary>
internal static class TensorLoop
{
    /// <summary>Runs an action for every index.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="action">What is done; what it does for one index must not depend on the others.</param>
    /// <exception cref="SearchException">What the action said of the least index that it was refused for: one sentence, whichever thread came first.</exception>
    /// <exception cref="OutOfMemoryException">Several at once do not fit in memory.</exception>
    public static void ForEach(int count, Action<int> action)
    {
        var refused = new SearchException?[count];
        try
        {
            Parallel.For(0, count, index =>
            {
                try
                {
                    action(index);
                }
                catch (SearchException exception)
                {
                    refused[index] = exception;
                }
            });
        }
        catch (AggregateException exception) when (exception.Flatten().InnerExceptions.OfType<OutOfMemoryException>().FirstOrDefault() is { } full)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(full);
        }

        if (refused.FirstOrDefault(exception => exception is not null) is { } first)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }
}
