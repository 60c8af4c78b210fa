using Search.Merging.Rules;

namespace Search.Controller;

/// <summary>Where a search starts, as a study says it.</summary>
/// <param name="Values">
/// One value for all coefficients, one for each that a group of tensors has, or one for each in search-space order; empty when
/// <paramref name="Run"/> or <paramref name="Rule"/> is still to decide.
/// </param>
/// <param name="Run">The run directory whose found model the search starts from, or null.</param>
/// <param name="Rule">The rule that gives, or gave, the values, or null.</param>
public sealed record InitialPoint(IReadOnlyList<double> Values, string? Run = null, CoefficientRule? Rule = null)
{
    /// <summary>The same value for every coefficient.</summary>
    /// <param name="value">The value.</param>
    public InitialPoint(double value)
        : this([value])
    {
    }

    /// <inheritdoc/>
    public bool Equals(InitialPoint? other) => other is not null && Run == other.Run && Rule?.Name == other.Rule?.Name && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Run, Values.Count);
}
