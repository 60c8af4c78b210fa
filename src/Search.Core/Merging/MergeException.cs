namespace Search.Merging;

/// <summary>Models that cannot be merged as asked; the message lists what differs.</summary>
public sealed class MergeException : SearchException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: models, rule, differences.</param>
    public MergeException(string message)
        : base(message)
    {
    }
}
