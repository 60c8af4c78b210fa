namespace Search.Strategies;

/// <summary>Coefficients that share one value: one of them, or a tied group. As a part of a space it has one axis.</summary>
/// <param name="shape">The bounds, scale and kind that all of them have in common; the name of the first.</param>
/// <param name="indices">Where the coefficients are in the space.</param>
internal sealed class SpaceVariable(Coefficient shape, int[] indices) : SpacePart
{
    public Coefficient Shape { get; } = shape;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Indices { get; } = indices;

    /// <inheritdoc/>
    public override IReadOnlyList<SearchAxis> Axes { get; } = [new SearchAxis(shape.Name, Levels(shape), shape.Kind != CoefficientKind.Categorical, 0)];

    /// <summary>The shared value nearest to what the coefficients are: their mean.</summary>
    public double Value(IReadOnlyList<double> coefficients) => Indices.Count == 1 ? coefficients[Indices[0]] : Indices.Average(index => coefficients[index]);

    public void Assign(double value, Span<double> coefficients)
    {
        foreach (int index in Indices)
        {
            coefficients[index] = value;
        }
    }

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<double> point, Span<double> coefficients)
    {
        (double lower, double upper) = (Shape.Lower, Shape.Upper);
        double value = Shape switch
        {
            { Kind: not CoefficientKind.Float } => lower + Math.Floor(point[0] * Levels(Shape)),
            { Scale: CoefficientScale.Log } => lower * Math.Pow(upper / lower, point[0]),
            _ => lower + ((upper - lower) * point[0]),
        };
        Assign(Math.Clamp(value, lower, upper), coefficients);
    }

    /// <inheritdoc/>
    public override void Encode(IReadOnlyList<double> coefficients, Span<double> point)
    {
        (double lower, double upper) = (Shape.Lower, Shape.Upper);
        double value = Math.Clamp(Value(coefficients), lower, upper);
        double x = Shape switch
        {
            { Kind: not CoefficientKind.Float } => (Math.Round(value - lower) + 0.5) / Levels(Shape),
            { Scale: CoefficientScale.Log } => Math.Log(value / lower) / Math.Log(upper / lower),
            _ => (value - lower) / (upper - lower),
        };
        point[0] = Math.Clamp(x, 0, 1);
    }

    private static int Levels(Coefficient shape) => shape.Kind == CoefficientKind.Float ? 0 : (int)(shape.Upper - shape.Lower) + 1;
}
