using System.Numerics;
using System.Runtime.CompilerServices;

namespace Search.Evaluation;

/// <summary>Copies matrices turned over.</summary>
internal static class MatrixTranspose
{
    private const int Side = 16; // floats in a cache line, so that each line is read once and written once

    /// <summary>Writes some rows of the transpose: those columns of the source.</summary>
    /// <typeparam name="T">The element type wanted; float32 is rounded to nearest.</typeparam>
    /// <param name="source">rows × columns elements, row-major.</param>
    /// <param name="rows">The source's rows.</param>
    /// <param name="columns">The source's columns.</param>
    /// <param name="first">The first column to copy.</param>
    /// <param name="end">The column after the last.</param>
    /// <param name="destination">columns × rows elements; only rows first … end − 1 are written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // its first call is as long as the others
    public static void Copy<T>(ReadOnlySpan<float> source, int rows, int columns, int first, int end, Span<T> destination)
        where T : INumberBase<T>
    {
        Span<float> block = stackalloc float[Side * Side];
        for (int left = first; left < end; left += Side)
        {
            int width = Math.Min(Side, end - left);
            for (int top = 0; top < rows; top += Side)
            {
                int height = Math.Min(Side, rows - top);
                for (int row = 0; row < height; row++)
                {
                    source.Slice(((top + row) * columns) + left, width).CopyTo(block[(row * Side)..]);
                }

                for (int column = 0; column < width; column++)
                {
                    Span<T> target = destination.Slice(((left + column) * rows) + top, height);
                    for (int row = 0; row < target.Length; row++)
                    {
                        target[row] = T.CreateTruncating(block[(row * Side) + column]);
                    }
                }
            }
        }
    }
}
