namespace Search.Evaluation;

/// <summary>A few examples, ready to be fed.</summary>
/// <param name="Inputs">One tensor a data input, in the graph's order.</param>
/// <param name="Labels">One class a row of logits, or empty when unknown.</param>
/// <param name="Examples">How many examples.</param>
internal sealed record Batch(IReadOnlyList<BatchTensor> Inputs, int[] Labels, int Examples);
