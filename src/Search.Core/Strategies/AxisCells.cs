namespace Search.Strategies;

/// <summary>The cells of an axis with levels.</summary>
internal static class AxisCells
{
    /// <summary>Which cell a number lies in.</summary>
    /// <param name="axis">An axis with levels.</param>
    /// <param name="x">A number in [0, 1].</param>
    /// <returns>The cell, from 0.</returns>
    public static int Cell(SearchAxis axis, double x) => Math.Min((int)(x * axis.Levels), axis.Levels - 1);

    /// <summary>The middle of a number's cell; the number itself on an axis without levels.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="x">A number in [0, 1].</param>
    public static double Snap(SearchAxis axis, double x) => axis.Levels == 0 ? x : (Cell(axis, x) + 0.5) / axis.Levels;
}
