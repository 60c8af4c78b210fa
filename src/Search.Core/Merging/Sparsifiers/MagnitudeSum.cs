using System.Numerics.Tensors;

namespace Search.Merging.Sparsifiers;

/// <summary>The sum of magnitudes, in double precision and in the elements' order, so that every machine has the same.</summary>
internal static class MagnitudeSum
{
    /// <summary>The sum.</summary>
    /// <param name="values">The elements.</param>
    public static double Of(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += MathF.Abs(value);
        }

        return sum;
    }

    /// <summary>Scales elements so that their magnitudes have a sum; those that are all zero stay so.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="sum">The sum to give them.</param>
    public static void Restore(Span<float> values, double sum)
    {
        if (Of(values) is > 0 and var left)
        {
            TensorPrimitives.Multiply(values, (float)(sum / left), values);
        }
    }
}
