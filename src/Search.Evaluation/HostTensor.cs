namespace Search.Evaluation;

/// <summary>A value of the graph in host memory.</summary>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Values">The elements, row-major.</param>
internal sealed record HostTensor(IReadOnlyList<long> Shape, float[] Values)
{
    // Sums are added up in another order for another number of examples; what is wrong is wrong by far more.
    private const float Relative = 1e-3f;
    private const float Absolute = 1e-4f;

    /// <summary>Whether another value is the same but for rounding; NaN is the same as NaN.</summary>
    /// <param name="other">The other value.</param>
    public bool IsCloseTo(HostTensor other) =>
        Shape.SequenceEqual(other.Shape)
        && Values.Zip(other.Values).All(pair => pair.First.Equals(pair.Second) || Math.Abs(pair.First - pair.Second) <= Absolute + (Relative * Math.Abs(pair.Second)));

    /// <summary>The first half of the rows, or null where they are no even number.</summary>
    public HostTensor? FirstHalf() => Shape is [long rows, ..] && rows % 2 == 0 ? new HostTensor([rows / 2, .. Shape.Skip(1)], Values[..(Values.Length / 2)]) : null;
}
