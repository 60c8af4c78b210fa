namespace Search.Strategies.Sequence;

/// <summary>One strategy of a sequence.</summary>
/// <param name="Settings">The strategy.</param>
/// <param name="Evaluations">How many candidates it proposes, or null for as many as it will; only the last stage's may be null.</param>
public sealed record SequenceStage(StrategySettings Settings, long? Evaluations);
