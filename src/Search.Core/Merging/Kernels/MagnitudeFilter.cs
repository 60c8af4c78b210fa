using System.Numerics;
using System.Runtime.InteropServices;

namespace Search.Merging.Kernels;

/// <summary>Keeps a run of ranks in the order of falling magnitude, in which of equal elements the first comes first.</summary>
/// <param name="before">Where the run starts: the last element that is before it.</param>
/// <param name="last">The run's last element.</param>
internal sealed class MagnitudeFilter(RankedElement before, RankedElement last) : VectorFilter
{
    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> values, long start, Span<float> kept)
    {
        // Up to and including an element's place those of its magnitude rank with it, beyond it after it.
        int first = (int)Math.Clamp(Math.Min(before.End, last.End) - start, 0, values.Length);
        int second = (int)Math.Clamp(Math.Max(before.End, last.End) - start, 0, values.Length);
        Keep(values[..first], start, kept[..first]);
        Keep(values[first..second], start + first, kept[first..second]);
        Keep(values[second..], start + second, kept[second..]);
    }

    // On one side of both places.
    private void Keep(ReadOnlySpan<float> values, long start, Span<float> kept)
    {
        float least = start < last.End ? last.Magnitude : MathF.BitIncrement(last.Magnitude);
        float below = start < before.End ? before.Magnitude : MathF.BitIncrement(before.Magnitude);
        ReadOnlySpan<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<float>> result = MemoryMarshal.Cast<float, Vector<float>>(kept);
        (Vector<float> from, Vector<float> to) = (new(least), new(below));
        for (int i = 0; i < wide.Length; i++)
        {
            Vector<float> magnitude = Vector.Abs(wide[i]);
            result[i] = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(magnitude, from) & Vector.LessThan(magnitude, to), wide[i], default);
        }

        for (int i = wide.Length * Vector<float>.Count; i < values.Length; i++)
        {
            float magnitude = MathF.Abs(values[i]);
            kept[i] = magnitude >= least && magnitude < below ? values[i] : 0;
        }
    }
}
