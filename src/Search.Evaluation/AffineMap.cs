namespace Search.Evaluation;

/// <summary>Turns stored numbers into a graph input's: stored × scale + offset.</summary>
/// <param name="Scale">The factor; finite.</param>
/// <param name="Offset">What is added; finite.</param>
public readonly record struct AffineMap(double Scale, double Offset);
