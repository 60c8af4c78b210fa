namespace Search.Evaluation;

/// <summary>What a task's expert gives on one batch, for candidates to be compared with.</summary>
/// <param name="Logits">The logits, row-major.</param>
/// <param name="Features">The values of each node asked for.</param>
internal sealed record ExpertOutputs(float[] Logits, IReadOnlyList<float[]> Features);
