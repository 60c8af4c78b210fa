namespace Search.Strategies;

/// <summary>
/// A smooth map of the real line onto [0, 1] (the linear-quadratic transform of pycma's BoundTransform, with a margin that is a fraction
/// of the range): the identity inside, quadratic within <see cref="Margin"/> of a bound, mirrored beyond. Unlike clipping, it leaves an
/// optimum on a bound an ordinary interior optimum for the search.
/// </summary>
internal static class BoxTransform
{
    /// <summary>How far from a bound the quadratic piece reaches, on either side of it.</summary>
    public const double Margin = 0.05;

    /// <summary>Maps any finite number into [0, 1].</summary>
    public static double Apply(double u)
    {
        const double low = -Margin;
        const double high = 1 + Margin;
        const double period = 2 * (high - low);
        if (u is < low or > high)
        {
            u = low + Math.Abs(Math.IEEERemainder(u - low, period));
        }

        double value = u switch
        {
            < Margin => (u - low) * (u - low) / (4 * Margin),
            > 1 - Margin => 1 - ((high - u) * (high - u) / (4 * Margin)),
            _ => u,
        };
        return Math.Clamp(value, 0, 1);
    }

    /// <summary>The number within [−margin, 1 + margin] that <see cref="Apply"/> maps to a value of [0, 1].</summary>
    public static double Invert(double value) => value switch
    {
        < Margin => -Margin + (2 * Math.Sqrt(Margin * value)),
        > 1 - Margin => 1 + Margin - (2 * Math.Sqrt(Margin * (1 - value))),
        _ => value,
    };
}
