using Search.Checkpoints;

namespace Search.Merging;

/// <summary>Makes merged weights: any number of candidates from one read of the base and the vectors, on all cores. The result does not depend on how many threads took part.</summary>
/// <param name="layout">The tensors of what is merged.</param>
public sealed class Merger(WeightLayout layout)
{
    // A slice of the base and of eight vectors stay in the first-level cache while every candidate is formed from them.
    internal const int Slice = 1024;

    // What a thread takes at a time.
    private const int Stretch = 64 * Slice;

    private readonly (int Tensor, int Start, int Length)[] _stretches =
        [.. Enumerable.Range(0, layout.Tensors.Count).SelectMany(tensor => Stretches(tensor, layout.Tensors[tensor].ElementCount))];

    /// <summary>The tensors of what is merged.</summary>
    public WeightLayout Layout => layout;

    /// <summary>How many threads may take part; −1 for as many as there are cores.</summary>
    /// <value>The default is −1.</value>
    public int Threads { get; init; } = -1;

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
                TensorLoop.ForEach(_stretches.Length, index => One(_stretches[index]), Threads);
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
        VectorTensor? stored = vectors.InMemory(tensor);
        float[][] read = stored is null ? Slices(vectors.Count) : [];
        VectorTensor source = stored ?? VectorTensor.Of(read, TensorType.F32);
        float[][] filtered = candidates.Any(candidate => candidate.IsFiltered) ? Slices(vectors.Count) : [];
        Span<float> scratch = stackalloc float[2 * Slice];
        int length = destinations[0].Length;
        int piece = pieces.Find(tensor, start);
        for (int done = 0, count; done < length; done += count)
        {
            long offset = start + done;
            for (; pieces.End(piece) <= offset; piece++)
            {
            }

            count = (int)Math.Min(Math.Min(Slice - (int)(offset % Slice), length - done), pieces.End(piece) - offset);
            bool isSum = candidates is [var only] && !only.IsRuled(piece) && only.Filters(piece).IsEmpty;
            if (isSum && stored is not null && vectors.BaseInMemory(tensor) is { } basis && stored.TryAdd(candidates[0], piece, basis, (int)offset, destinations[0].Span.Slice(done, count)))
            {
                continue;
            }

            ReadOnlySpan<float> origin = vectors.Base(tensor, offset, scratch[..count]);
            for (int k = 0; k < read.Length; k++)
            {
                vectors.Tau(k, tensor, offset, origin, read[k].AsSpan(0, count));
            }

            int at = stored is null ? 0 : (int)offset; // where the slice is in the vectors
            for (int p = 0, end; p < candidates.Length; p = end)
            {
                end = p + 1;
                if (candidates[p].Filters(piece) is { IsEmpty: false } filters)
                {
                    for (int k = 0; k < filters.Length; k++)
                    {
                        filters[k].Apply(source.Read(k, at, scratch.Slice(Slice, count)), offset, filtered[k].AsSpan(0, count));
                    }

                    VectorTensor.Of(filtered, TensorType.F32).Merge(candidates.AsSpan(p, 1), piece, origin, 0, destinations.AsSpan(p, 1), done);
                    continue;
                }

                for (; end < candidates.Length && candidates[end].Filters(piece).IsEmpty; end++)
                {
                }

                source.Merge(candidates.AsSpan(p..end), piece, origin, at, destinations.AsSpan(p..end), done);
            }
        }
    }

    private static float[][] Slices(int count) => [.. Enumerable.Range(0, count).Select(_ => new float[Slice])];

    private static IEnumerable<(int Tensor, int Start, int Length)> Stretches(int tensor, long elements)
    {
        int count = checked((int)elements);
        for (long start = 0; start < count; start += Stretch)
        {
            yield return (tensor, (int)start, (int)Math.Min(Stretch, count - start));
        }
    }
}
