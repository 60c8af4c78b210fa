namespace Search.Evaluation;

/// <summary>A segment's place in a pass, and what is known of its examples.</summary>
/// <param name="Segment">The examples.</param>
/// <param name="First">The first one's place among all of the pass.</param>
/// <param name="Labels">One class a row of logits, or empty when unknown.</param>
/// <param name="Tokens">One token a row of the input that <c>next_token</c> reads, or empty.</param>
internal sealed record PassSegment(ExampleSegment Segment, int First, int[] Labels, int[] Tokens);
