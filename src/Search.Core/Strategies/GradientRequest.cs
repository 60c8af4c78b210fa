namespace Search.Strategies;

/// <summary>A candidate's wish to know the derivative of every objective by its coefficients.</summary>
/// <param name="Step">Which step of the search asks, from 0: it decides which examples are drawn.</param>
/// <param name="Examples">How many examples of each task to score, or null for all of them.</param>
public sealed record GradientRequest(long Step, int? Examples)
{
    /// <summary>The tasks whose scores have no share in the derivative, by name; not all there are.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(GradientRequest? other) => other is not null && Step == other.Step && Examples == other.Examples && Without.SequenceEqual(other.Without);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Step, Examples, Without.Count);
}
