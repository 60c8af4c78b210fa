namespace Search;

/// <summary>The base of every error that a person can act on: its message is one sentence that names the place, the rule and the value.</summary>
public class SearchException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: place, rule, value.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public SearchException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
