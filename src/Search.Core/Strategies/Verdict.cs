namespace Search.Strategies;

/// <summary>What a strategy is told of one of its candidates.</summary>
/// <param name="Candidate">The candidate, as asked.</param>
/// <param name="Objectives">The values to minimise, all finite; null when the candidate failed or was pruned.</param>
public sealed record Verdict(Candidate Candidate, IReadOnlyList<double>? Objectives)
{
    /// <summary>Whether its scoring was stopped because it had already lost: it is worse than the scored candidates of its generation, where one that failed says nothing.</summary>
    /// <exception cref="ArgumentException">There are objectives.</exception>
    public bool IsPruned
    {
        get;
        init => field = value && Objectives is not null
            ? throw new ArgumentException($"Candidate {Candidate.Index} of generation {Candidate.Generation} was pruned, so it has no objectives.", nameof(value))
            : value;
    }

    /// <summary>
    /// Of a pruned candidate, about what its one objective would be: above those of the candidates of its generation that were scored, and the higher the earlier
    /// it was pruned; null where nobody knows.
    /// </summary>
    /// <exception cref="ArgumentException">It is not finite, or there are objectives.</exception>
    public double? Estimate
    {
        get;
        init => field = value is { } estimate && (Objectives is not null || !double.IsFinite(estimate))
            ? throw new ArgumentException($"Candidate {Candidate.Index} of generation {Candidate.Generation} may have a finite estimate in place of objectives, got {value}.", nameof(value))
            : value;
    }

    /// <summary>The derivative of each objective by each coefficient, objective by objective, all finite; null when the candidate failed or did not ask for it.</summary>
    public IReadOnlyList<double>? Gradient { get; init; }

    /// <summary>Each task's part of the first objective before parts become one number, by the task's name in the study's order; null when the candidate failed or nobody knows.</summary>
    public IReadOnlyDictionary<string, double>? Tasks { get; init; }
}
