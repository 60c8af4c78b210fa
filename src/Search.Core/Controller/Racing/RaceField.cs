namespace Search.Controller.Racing;

/// <summary>A race after a rung.</summary>
/// <param name="Running">Those still in it, in the order of their numbers; at least one.</param>
/// <param name="Earlier">Where there was but one: the candidates before it that came as far, as they stood then.</param>
/// <param name="Best">Of candidates before it that were scored on all examples, those that none dominates, as they stood at this rung.</param>
internal sealed record RaceField(IReadOnlyList<Racer> Running, IReadOnlyList<Racer> Earlier, IReadOnlyList<Racer> Best)
{
    /// <summary>How many candidates the race began with.</summary>
    public required int Entered { get; init; }

    /// <summary>After how many rungs candidates can lose.</summary>
    public required int Looks { get; init; }

    /// <summary>The share of each task's examples that they were scored on, less than 1.</summary>
    public required double Share { get; init; }

    /// <summary>What differences between them mean.</summary>
    public required PairedTest Test { get; init; }
}
