namespace Search.Evaluation;

/// <summary>How a stored number becomes a graph input's number: <c>x · Scale + Offset</c>.</summary>
/// <param name="Scale">The factor.</param>
/// <param name="Offset">The summand.</param>
public readonly record struct AffineMap(double Scale, double Offset);
