namespace Search.Evaluation;

/// <summary>One input's numbers for one batch.</summary>
/// <param name="Name">The graph input.</param>
/// <param name="Values">A pinned array whose element type is the input's, row-major.</param>
/// <param name="Shape">The dimensions, examples first.</param>
internal sealed record BatchTensor(string Name, Array Values, long[] Shape);
