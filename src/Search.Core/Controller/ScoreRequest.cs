using Search.Merging;
using Search.Results;
using Search.Strategies;

namespace Search.Controller;

/// <summary>A candidate to be scored.</summary>
/// <param name="Trial">The row it becomes: still running, with role and coefficients.</param>
/// <param name="Merge">Decides the merge that it stands for.</param>
public sealed record ScoreRequest(Trial Trial, Func<MergeWeights> Merge)
{
    /// <summary>The derivative wanted, or null.</summary>
    public GradientRequest? Gradient { get; init; }
}
