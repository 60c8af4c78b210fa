using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Search.Merging;

/// <summary>Makes merged weights: any number of candidates from one read of the base and the task vectors, on all cores. The result does not depend on how many threads took part.</summary>
public sealed class Merger
{
    // One slice of the base, of an expert and of a candidate stay in the first-level cache while every candidate is formed from them.
    private const int Slice = 2048;

    // Task vectors read side by side.
    private const int AtOnce = 4;

    // What a thread takes at a time.
    private const int Stretch = 32 * Slice;

    private readonly TaskVectors _vectors;
    private readonly (int Tensor, int Start, int Length)[] _stretches;

    /// <summary>Creates a merger.</summary>
    /// <param name="vectors">The base and the task vectors.</param>
    public Merger(TaskVectors vectors)
    {
        _vectors = vectors;
        IReadOnlyList<WeightSlot> tensors = vectors.Layout.Tensors;
        _stretches = [.. Enumerable.Range(0, tensors.Count).SelectMany(tensor => Stretches(tensor, tensors[tensor].ElementCount))];
    }

    /// <summary>The base and the task vectors.</summary>
    public TaskVectors Vectors => _vectors;

    /// <summary>Merges candidates in one pass.</summary>
    /// <param name="candidates">The merges to make, of tensors that are cut alike.</param>
    /// <param name="destinations">Where to write them: one a candidate, laid out as the vectors are.</param>
    public void Merge(IReadOnlyList<MergeWeights> candidates, IReadOnlyList<WeightSet> destinations)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destinations.Count, candidates.Count);
        if (candidates.Count == 0)
        {
            return;
        }

        TensorPieces pieces = candidates[0].Pieces;
        if (!candidates.All(candidate => candidate.Pieces.IsSameAs(pieces)))
        {
            throw new ArgumentException("Candidates of one pass must be cut alike.", nameof(candidates));
        }

        Parallel.ForEach(_stretches, stretch =>
        {
            Span<float> baseScratch = stackalloc float[Slice];
            Span<float> tauScratch = stackalloc float[Slice];
            (int tensor, int start, int length) = stretch;
            int piece = pieces.Find(tensor, start);
            for (int offset = start, count; offset < start + length; offset += count)
            {
                for (; pieces.End(piece) <= offset; piece++)
                {
                }

                count = (int)Math.Min(Math.Min(Slice - (offset % Slice), start + length - offset), pieces.End(piece) - offset);
                ReadOnlySpan<float> baseSlice = _vectors.Base(tensor, offset, baseScratch[..count]);
                for (int p = 0; p < candidates.Count; p++)
                {
                    baseSlice.CopyTo(destinations[p][tensor].Span.Slice(offset, count));
                }

                int k = 0;
                for (; _vectors.IsResident && k + AtOnce <= _vectors.Experts; k += AtOnce)
                {
                    for (int p = 0; p < candidates.Count; p++)
                    {
                        AddFour(k, tensor, offset, candidates[p][piece].Slice(k, AtOnce), destinations[p][tensor].Span.Slice(offset, count));
                    }
                }

                for (; k < _vectors.Experts; k++)
                {
                    ReadOnlySpan<float> tau = _vectors.Tau(k, tensor, offset, baseSlice, tauScratch[..count]);
                    for (int p = 0; p < candidates.Count; p++)
                    {
                        Add(tau, candidates[p][piece][k], destinations[p][tensor].Span.Slice(offset, count));
                    }
                }
            }
        });
    }

    /// <summary>Merges a slice of one tensor, for writing a merged model that need not fit in memory.</summary>
    /// <param name="candidate">The merge to make.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="destination">Filled whole.</param>
    public void MergeSlice(MergeWeights candidate, int tensor, long start, Span<float> destination)
    {
        Span<float> tauScratch = stackalloc float[Slice];
        Span<float> baseScratch = stackalloc float[Slice];
        for (int offset = 0, count; offset < destination.Length; offset += count)
        {
            int piece = candidate.Pieces.Find(tensor, start + offset);
            count = (int)Math.Min(Math.Min(Slice, destination.Length - offset), candidate.Pieces.End(piece) - start - offset);
            Span<float> slice = destination.Slice(offset, count);
            ReadOnlySpan<float> baseSlice = _vectors.Base(tensor, start + offset, baseScratch[..count]);
            baseSlice.CopyTo(slice);
            for (int k = 0; k < _vectors.Experts; k++)
            {
                Add(_vectors.Tau(k, tensor, start + offset, baseSlice, tauScratch[..count]), candidate[piece][k], slice);
            }
        }
    }

    // The same sums in the same order, with several streams at once: that keeps more of memory busy than one after another.
    private void AddFour(int expert, int tensor, int start, ReadOnlySpan<float> weights, Span<float> destination)
    {
        int done = 0;
        if (!weights.Contains(0))
        {
            Span<Vector<float>> sum = MemoryMarshal.Cast<float, Vector<float>>(destination);
            ReadOnlySpan<Vector<float>> a = MemoryMarshal.Cast<float, Vector<float>>(_vectors.Tau(expert, tensor, start, destination.Length))[..sum.Length];
            ReadOnlySpan<Vector<float>> b = MemoryMarshal.Cast<float, Vector<float>>(_vectors.Tau(expert + 1, tensor, start, destination.Length))[..sum.Length];
            ReadOnlySpan<Vector<float>> c = MemoryMarshal.Cast<float, Vector<float>>(_vectors.Tau(expert + 2, tensor, start, destination.Length))[..sum.Length];
            ReadOnlySpan<Vector<float>> d = MemoryMarshal.Cast<float, Vector<float>>(_vectors.Tau(expert + 3, tensor, start, destination.Length))[..sum.Length];
            (Vector<float> wa, Vector<float> wb, Vector<float> wc, Vector<float> wd) = (new(weights[0]), new(weights[1]), new(weights[2]), new(weights[3]));
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] = Vector.FusedMultiplyAdd(d[i], wd, Vector.FusedMultiplyAdd(c[i], wc, Vector.FusedMultiplyAdd(b[i], wb, Vector.FusedMultiplyAdd(a[i], wa, sum[i]))));
            }

            done = sum.Length * Vector<float>.Count;
        }

        for (int k = 0; k < AtOnce && done < destination.Length; k++)
        {
            Add(_vectors.Tau(expert + k, tensor, start + done, destination.Length - done), weights[k], destination[done..]);
        }
    }

    // destination += weight · tau. An expert of weight zero takes no part, whatever its values are.
    private static void Add(ReadOnlySpan<float> tau, float weight, Span<float> destination)
    {
        if (weight != 0)
        {
            TensorPrimitives.FusedMultiplyAdd(tau, weight, destination, destination);
        }
    }

    private static IEnumerable<(int Tensor, int Start, int Length)> Stretches(int tensor, long elements)
    {
        int count = checked((int)elements);
        for (int start = 0; start < count; start += Stretch)
        {
            yield return (tensor, start, Math.Min(Stretch, count - start));
        }
    }
}
