namespace Search.Controller;

/// <summary>What constraints of one number come to on some data.</summary>
/// <param name="Quantity">What is bounded.</param>
/// <param name="Most">The most that it may be.</param>
public sealed record QuantityBound(BoundedQuantity Quantity, double Most)
{
    /// <summary>By how much a candidate exceeds it; 0 for one that does not.</summary>
    /// <param name="objectives">The candidate's objectives.</param>
    /// <param name="scores"><c>task/score</c> to value.</param>
    /// <exception cref="StudyException">The candidate does not have the number.</exception>
    public double Excess(IReadOnlyList<double> objectives, IReadOnlyDictionary<string, double> scores) =>
        Math.Max(0, (Quantity.Of(objectives, scores) ?? throw new StudyException($"a constraint is about {Quantity.Name}, which the trials do not have.")) - Most);
}
