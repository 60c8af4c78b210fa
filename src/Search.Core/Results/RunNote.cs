namespace Search.Results;

/// <summary>Something that was done to a run.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Text">What, in a sentence.</param>
public sealed record RunNote(DateTimeOffset At, string Text);
