using Search.Strategies;

namespace Search.Benchmarks;

/// <summary>A function with a known optimum, the box it is searched in, and what a run on it records.</summary>
public sealed record BenchmarkProblem
{
    /// <summary>The suite it belongs to.</summary>
    public required string Suite { get; init; }

    /// <summary>The function's name.</summary>
    public required string Name { get; init; }

    /// <summary>Which of the function's instances and starts.</summary>
    public required int Run { get; init; }

    /// <summary>The seed of the strategy's random numbers.</summary>
    public required long Seed { get; init; }

    /// <summary>The box and the start.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>What the strategy is told: the value above the optimum's where that is known.</summary>
    public Func<IReadOnlyList<double>, double> Objective { get; init; } = _ => throw new InvalidOperationException("A front has no single objective.");

    /// <summary>What the strategy is told where a front is looked for, in place of <see cref="Objective"/>; or null.</summary>
    public FrontProblem? Front { get; init; }

    /// <summary>What the search is really for, where the objective only estimates it: how much worse than the best possible a point is.</summary>
    public Func<IReadOnlyList<double>, double>? TrueGap { get; init; }

    /// <summary>How much better a point seems than it is, beside <see cref="TrueGap"/>.</summary>
    public Func<IReadOnlyList<double>, double>? Optimism { get; init; }

    /// <summary>After how many evaluations a run ends; a generation that has begun is finished.</summary>
    public required long Budget { get; init; }

    /// <summary>Values whose first evaluation is recorded, from great to small.</summary>
    public IReadOnlyList<double> Targets { get; init; } = [];

    /// <summary>Whether a run ends when it has reached the last target.</summary>
    public bool StopsAtLastTarget { get; init; }

    /// <summary>Evaluations after which the best value so far is recorded, in ascending order.</summary>
    public IReadOnlyList<long> Checkpoints { get; init; } = [];

    /// <summary>The metric that checkpoints are recorded as.</summary>
    public string CheckpointMetric { get; init; } = "";

    /// <summary>What checkpoints are divided by in the record: the dimension, or 1.</summary>
    public int CheckpointUnit { get; init; } = 1;

    /// <summary>The problem with fewer evaluations, after the last of which is measured what checkpoints measure.</summary>
    /// <param name="evaluations">How many a run has at most; positive.</param>
    public BenchmarkProblem Within(long evaluations) => evaluations >= Budget ? this
        : this with { Budget = evaluations, Checkpoints = Checkpoints.Count == 0 ? [] : [.. Checkpoints.Where(at => at < evaluations), evaluations] };

    /// <summary>A box with the same bounds for every coefficient.</summary>
    /// <param name="start">Where the search starts.</param>
    /// <param name="lower">The lower bound.</param>
    /// <param name="upper">The upper bound.</param>
    internal static SearchSpace Box(IReadOnlyList<double> start, double lower, double upper) =>
        new([.. start.Select((value, i) => new Coefficient($"x{i}", lower, upper, value))]);
}
