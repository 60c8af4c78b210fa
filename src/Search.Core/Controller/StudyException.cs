namespace Search.Controller;

/// <summary>A study, sweep or recipe says something that cannot be done; the message names the file, the line, the key, the rule and the value.</summary>
public sealed class StudyException : SearchException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: place, rule, value.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public StudyException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
