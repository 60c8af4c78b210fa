namespace Search.Evaluation;

/// <summary>A candidate could not be scored (non-finite logits, an engine error): the trial fails with this reason and the search goes on.</summary>
public sealed class EvaluationException : SearchException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: task or engine, rule, value.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public EvaluationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
