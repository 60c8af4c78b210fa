using System.Buffers;
using System.Numerics.Tensors;
using Search.Merging.Kernels;

namespace Search.Merging;

/// <summary>Makes merged weights: any number of candidates from one read of the base and the vectors, on all cores. The result does not depend on how many threads took part.</summary>
/// <param name="layout">The tensors of what is merged.</param>
public sealed class Merger(WeightLayout layout)
{
    // One slice of the base, of a vector and of a candidate stay in the first-level cache while every candidate is formed from them.
    internal const int Slice = 2048;

    // What a thread takes at a time.
    private const int Stretch = 32 * Slice;

    private readonly (int Tensor, int Start, int Length)[] _stretches =
        [.. Enumerable.Range(0, layout.Tensors.Count).SelectMany(tensor => Stretches(tensor, layout.Tensors[tensor].ElementCount))];

    /// <summary>The tensors of what is merged.</summary>
    public WeightLayout Layout => layout;

    /// <summary>Merges candidates in one pass over each set of vectors that they weigh.</summary>
    /// <param name="candidates">The merges to make, of tensors that are cut alike.</param>
    /// <param name="destinations">Where to write them: one a candidate, laid out as the vectors are.</param>
    public void Merge(IReadOnlyList<MergeWeights> candidates, IReadOnlyList<WeightSet> destinations)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destinations.Count, candidates.Count);
        if (candidates.Count > 0 && !candidates.All(candidate => candidate.Pieces.IsSameAs(candidates[0].Pieces)))
        {
            throw new ArgumentException("Candidates of one pass must be cut alike.", nameof(candidates));
        }

        foreach (IGrouping<TaskVectors, (MergeWeights Candidate, WeightSet Destination)> group in candidates.Zip(destinations).GroupBy(pair => pair.First.Vectors))
        {
            MergeWeights[] together = [.. group.Select(pair => pair.Candidate)];
            void One((int Tensor, int Start, int Length) stretch) => MergeRange(
                together, [.. group.Select(pair => pair.Destination[stretch.Tensor].Slice(stretch.Start, stretch.Length))], stretch.Tensor, stretch.Start);
            if (group.Key.IsMadeAsRead)
            {
                // A tensor's vectors are there until another's are asked for.
                Array.ForEach(_stretches, One);
            }
            else
            {
                Parallel.ForEach(_stretches, One);
            }
        }
    }

    /// <summary>Merges a slice of one tensor, for writing a merged model that need not fit in memory.</summary>
    /// <param name="candidate">The merge to make.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="destination">Filled whole.</param>
    public static void MergeSlice(MergeWeights candidate, int tensor, long start, Memory<float> destination) => MergeRange([candidate], [destination], tensor, start);

    // Merges a run of one tensor's elements, which begins at an element and is as long as the destinations.
    private static void MergeRange(MergeWeights[] candidates, Memory<float>[] destinations, int tensor, long start)
    {
        TaskVectors vectors = candidates[0].Vectors;
        TensorPieces pieces = candidates[0].Pieces;
        float[] scratch = ArrayPool<float>.Shared.Rent(vectors.IsResident ? 0 : (vectors.Count + 1) * Slice);
        float[] filtered = ArrayPool<float>.Shared.Rent(candidates.Any(candidate => candidate.IsFiltered) ? (vectors.Count + 1) * Slice : 0);
        int length = destinations[0].Length;
        int piece = pieces.Find(tensor, start);
        for (int done = 0, count; done < length; done += count)
        {
            long offset = start + done;
            for (; pieces.End(piece) <= offset; piece++)
            {
            }

            count = (int)Math.Min(Math.Min(Slice - (int)(offset % Slice), length - done), pieces.End(piece) - offset);
            var slice = new VectorSlice(vectors, tensor, offset, count, scratch);
            for (int p = 0; p < candidates.Length; p++)
            {
                Span<float> destination = destinations[p].Span.Slice(done, count);
                if (candidates[p].Base(piece) is not 1 and var weight)
                {
                    TensorPrimitives.Multiply(slice.Base, weight, destination);
                }
                else
                {
                    slice.Base.CopyTo(destination);
                }
            }

            for (int k = 0; k < vectors.Count; k += LinearKernel.AtOnce)
            {
                for (int p = 0; p < candidates.Length; p++)
                {
                    if (!candidates[p].IsRuled(piece) && candidates[p].Filters(piece).IsEmpty)
                    {
                        LinearKernel.Add(slice, k, candidates[p][piece], destinations[p].Span.Slice(done, count));
                    }
                }
            }

            for (int p = 0; p < candidates.Length; p++)
            {
                AddOwn(slice, candidates[p], piece, destinations[p].Span.Slice(done, count), filtered);
            }
        }

        ArrayPool<float>.Shared.Return(scratch);
        ArrayPool<float>.Shared.Return(filtered);
    }

    // What no two candidates share: filtered vectors, and reductions.
    private static void AddOwn(in VectorSlice slice, MergeWeights candidate, int piece, Span<float> destination, float[] scratch)
    {
        ReadOnlySpan<VectorFilter> filters = candidate.Filters(piece);
        VectorSlice own = filters.IsEmpty ? slice : new VectorSlice(slice, filters, scratch);
        if (candidate.IsRuled(piece))
        {
            ReduceKernel.Add(own, candidate.Rule!, candidate[piece], candidate.Scale(piece), destination);
            return;
        }

        for (int k = 0; k < own.Count && !filters.IsEmpty; k += LinearKernel.AtOnce)
        {
            LinearKernel.Add(own, k, candidate[piece], destination);
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
