namespace Search.Strategies;

/// <summary>Coefficients of a space that its axes decide independently of all others.</summary>
internal abstract class SpacePart
{
    /// <summary>The axes, without their start.</summary>
    public abstract IReadOnlyList<SearchAxis> Axes { get; }

    /// <summary>Which coefficients of the space it decides.</summary>
    public abstract IReadOnlyList<int> Indices { get; }

    /// <summary>Writes this part's coefficients.</summary>
    /// <param name="point">One number in [0, 1] an axis of this part.</param>
    /// <param name="coefficients">All of the space's coefficients.</param>
    public abstract void Decode(ReadOnlySpan<double> point, Span<double> coefficients);

    /// <summary>Finds the point of the feasible values that are nearest to this part's coefficients.</summary>
    /// <param name="coefficients">All of the space's coefficients, finite.</param>
    /// <param name="point">One number in [0, 1] an axis of this part, to be written.</param>
    public abstract void Encode(IReadOnlyList<double> coefficients, Span<double> point);
}
