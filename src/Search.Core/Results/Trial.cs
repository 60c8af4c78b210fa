using Search.Evaluation;

namespace Search.Results;

/// <summary>One ledger row: one candidate's evaluation on one role's batches, or a rung of it.</summary>
public sealed record Trial
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<double>> NoBlocks = new Dictionary<string, IReadOnlyList<double>>();

    /// <summary>The candidate's number, counted from 0 in the order candidates were first asked for; rows of other roles repeat it.</summary>
    public required long Id { get; init; }

    /// <summary>The trial this one was derived from, or null.</summary>
    public long? Parent { get; init; }

    /// <summary>Who proposed the candidate: a strategy's name, or <c>reference</c> for the fixed merges every search is compared with.</summary>
    public required string Strategy { get; init; }

    /// <summary>The strategy's generation, from 0; null for references.</summary>
    public int? Generation { get; init; }

    /// <summary>What a reference is (<c>base</c>, <c>expert:fashion</c>, <c>uniform</c>, <c>lambda:0.3</c>); null for searched candidates.</summary>
    public string? Label { get; init; }

    /// <summary>The data the scores are on.</summary>
    public required DataRole Role { get; init; }

    /// <summary>
    /// The rung of a race, from 0, that the row is about: its scores and its costs are those of the examples that the rung added, its objectives those
    /// of all examples so far. Null for the row that says how the candidate's evaluation ended, whose costs are those of all rungs.
    /// </summary>
    public int? Rung { get; init; }

    /// <summary>How the evaluation ended; of a rung's row, that it was going on, or failed there.</summary>
    public required TrialState State { get; init; }

    /// <summary>Why a trial failed or was pruned, or how a complete one collapsed; one sentence, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>How many batches the scores used, over all tasks.</summary>
    public required int Fidelity { get; init; }

    /// <summary>The seed of the study that asked for it.</summary>
    public required long Seed { get; init; }

    /// <summary>The coefficients, in the study's search-space order.</summary>
    public required IReadOnlyList<double> Coefficients { get; init; }

    /// <summary>One value an objective of the study, as the study states it; empty when failed.</summary>
    public required IReadOnlyList<double> Objectives { get; init; }

    /// <summary><c>task/score</c> to value, such as <c>digits/entropy</c>; <c>digits/collapsed</c> = 1 flags a collapse, <c>digits/stopped</c> = 1 a task without a share in the derivative; <c>digits/examples</c> counts them where not all were scored; empty when failed.</summary>
    public required IReadOnlyDictionary<string, double> Scores { get; init; }

    /// <summary><c>task/score</c> to its means over up to 32 blocks of consecutive examples, for scores that are means, on data of roles other than search and in rungs; in rungs also <c>task/prediction</c>, the mean probability of each class; else empty.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Blocks { get; init; } = NoBlocks;

    /// <summary>The derivative of each objective by each coefficient, objective by objective, where the engine gave them.</summary>
    public IReadOnlyList<double>? Gradient { get; init; }

    /// <summary>When the evaluation began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Milliseconds spent merging.</summary>
    public double MergeMs { get; init; }

    /// <summary>Milliseconds in forward passes.</summary>
    public double ForwardMs { get; init; }

    /// <summary>Milliseconds in backward passes.</summary>
    public double BackwardMs { get; init; }

    /// <summary>Milliseconds spent turning logits into scores.</summary>
    public double ObjectiveMs { get; init; }

    /// <summary>Milliseconds spent on it: merging, both passes, and turning logits into scores.</summary>
    public double TotalMs => MergeMs + ForwardMs + BackwardMs + ObjectiveMs;

    /// <summary>Bytes of merged weights written for this candidate; 0 when it could not be merged.</summary>
    public long Bytes { get; init; }

    /// <summary>The engine that scored it.</summary>
    public required string Engine { get; init; }

    /// <summary>Where the engine computed.</summary>
    public required string Device { get; init; }
}
