using System.Numerics;

namespace Search.Evaluation;

/// <summary>Copies matrices turned over.</summary>
internal static class MatrixTranspose
{
    private const int Tile = 32; // rows whose cache lines are read together

    /// <summary>Writes some rows of the transpose: those columns of the source.</summary>
    /// <typeparam name="T">The element type wanted; float32 is rounded to nearest.</typeparam>
    /// <param name="source">rows × columns elements, row-major.</param>
    /// <param name="rows">The source's rows.</param>
    /// <param name="columns">The source's columns.</param>
    /// <param name="first">The first column to copy.</param>
    /// <param name="end">The column after the last.</param>
    /// <param name="destination">columns × rows elements; only rows first … end − 1 are written.</param>
    public static void Copy<T>(ReadOnlySpan<float> source, int rows, int columns, int first, int end, Span<T> destination)
        where T : INumberBase<T>
    {
        for (int tile = 0; tile < rows; tile += Tile)
        {
            int last = Math.Min(rows, tile + Tile);
            for (int column = first; column < end; column++)
            {
                Span<T> target = destination.Slice(column * rows, rows);
                for (int row = tile; row < last; row++)
                {
                    target[row] = T.CreateTruncating(source[(row * columns) + column]);
                }
            }
        }
    }
}
