using System.Runtime.InteropServices;
using Search.Checkpoints;
using Search.Merging.Kernels;

namespace Search.Merging;

/// <summary>One tensor's part of some vectors, in memory as float32, or rounded to nearest even as bfloat16 or float16.</summary>
internal abstract class VectorTensor
{
    /// <summary>Keeps vectors.</summary>
    /// <param name="vectors">Each the tensor's length; kept as they are where they are stored as float32.</param>
    /// <param name="type">F32, BF16 or F16.</param>
    public static VectorTensor Of(IEnumerable<float[]> vectors, TensorType type) =>
        type == TensorType.F32 ? new Stored<float, SingleStorage>([.. vectors]) : OfStored([.. vectors.Select(vector => Narrow(vector, type))], type);

    /// <summary>Keeps vectors that are stored already.</summary>
    /// <param name="vectors">Each the tensor's length.</param>
    /// <param name="type">BF16 or F16.</param>
    public static VectorTensor OfStored(ushort[][] vectors, TensorType type) =>
        type == TensorType.BF16 ? new Stored<ushort, BrainStorage>(vectors) : new Stored<ushort, HalfStorage>(vectors);

    /// <summary>Rounds elements to what can be stored.</summary>
    /// <param name="values">The elements, changed in place.</param>
    /// <param name="type">F32, BF16 or F16.</param>
    public static void Round(Span<float> values, TensorType type)
    {
        if (type == TensorType.F32)
        {
            return;
        }

        Span<ushort> stored = stackalloc ushort[Math.Min(values.Length, Merger.Slice)];
        for (int done = 0; done < values.Length; done += stored.Length)
        {
            Span<float> slice = values.Slice(done, Math.Min(stored.Length, values.Length - done));
            TensorConversion.FromFloat32(slice, type, MemoryMarshal.AsBytes(stored[..slice.Length]));
            TensorConversion.ToFloat32(MemoryMarshal.AsBytes(stored[..slice.Length]), type, slice);
        }
    }

    /// <summary>A slice of a vector.</summary>
    /// <param name="vector">The vector's index.</param>
    /// <param name="start">The first element.</param>
    /// <param name="scratch">As long as the slice; used unless it is stored as float32.</param>
    public abstract ReadOnlySpan<float> Read(int vector, int start, Span<float> scratch);

    /// <summary>A whole vector: the one stored where that is float32, and then not to be changed.</summary>
    /// <param name="vector">The vector's index.</param>
    public abstract float[] Whole(int vector);

    /// <summary>Forms a slice of candidates, of the vectors as they are here.</summary>
    /// <param name="candidates">The candidates; their filters do not count.</param>
    /// <param name="piece">The piece that the slice is in.</param>
    /// <param name="origin">The base's slice, at most <see cref="Merger.Slice"/> elements.</param>
    /// <param name="start">Where the slice begins.</param>
    /// <param name="destinations">Where each candidate goes.</param>
    /// <param name="done">Where the slice begins there.</param>
    public abstract void Merge(ReadOnlySpan<MergeWeights> candidates, int piece, ReadOnlySpan<float> origin, int start, ReadOnlySpan<Memory<float>> destinations, int done);

    /// <summary>Forms a slice of one candidate that adds vectors up, from a base that is stored as they are, without widening it first.</summary>
    /// <param name="candidate">The candidate; its rule and filters do not hold in the piece.</param>
    /// <param name="piece">The piece that the slice is in.</param>
    /// <param name="origin">The base, in memory.</param>
    /// <param name="start">Where the slice begins.</param>
    /// <param name="destination">Filled whole.</param>
    /// <returns>Whether it is formed: the base is stored as the vectors are.</returns>
    public abstract bool TryAdd(MergeWeights candidate, int piece, VectorTensor origin, int start, Span<float> destination);

    /// <summary>Adds the dot products of a slice with every vector.</summary>
    /// <param name="values">At most <see cref="DotKernel.Slice"/> elements.</param>
    /// <param name="start">Where the slice begins.</param>
    /// <param name="sums">What is added to; one a vector.</param>
    public abstract void AddDots(ReadOnlySpan<float> values, int start, Span<double> sums);

    private static ushort[] Narrow(float[] values, TensorType type)
    {
        ushort[] stored = GC.AllocateUninitializedArray<ushort>(values.Length);
        TensorConversion.FromFloat32(values, type, MemoryMarshal.AsBytes(stored.AsSpan()));
        return stored;
    }

    private sealed class Stored<T, TStorage>(T[][] vectors) : VectorTensor
        where T : unmanaged
        where TStorage : IVectorStorage<T>
    {
        private readonly T[][] _vectors = vectors;

        public override ReadOnlySpan<float> Read(int vector, int start, Span<float> scratch)
        {
            if (_vectors[vector] is float[] values)
            {
                return values.AsSpan(start, scratch.Length);
            }

            LinearKernel.Widen<T, TStorage>(_vectors[vector].AsSpan(start, scratch.Length), scratch);
            return scratch;
        }

        public override float[] Whole(int vector)
        {
            if (_vectors[vector] is float[] values)
            {
                return values;
            }

            float[] copy = GC.AllocateUninitializedArray<float>(_vectors[vector].Length);
            Read(vector, 0, copy);
            return copy;
        }

        public override void Merge(ReadOnlySpan<MergeWeights> candidates, int piece, ReadOnlySpan<float> origin, int start, ReadOnlySpan<Memory<float>> destinations, int done)
        {
            int p = 0;
            while (p < candidates.Length)
            {
                MergeWeights candidate = candidates[p];
                Span<float> destination = destinations[p].Span.Slice(done, origin.Length);
                if (candidate.IsRuled(piece))
                {
                    candidate.Rule!.Merge<T, TStorage>(origin, _vectors, start, candidate.Base(piece), candidate[piece], candidate.Scale(piece), destination);
                    p++;
                }
                else if (CanGoTogether(candidates, p, piece))
                {
                    MergeTogether(candidates.Slice(p, LinearKernel.AtOnce), piece, origin, start, destinations.Slice(p, LinearKernel.AtOnce), done);
                    p += LinearKernel.AtOnce;
                }
                else
                {
                    LinearKernel.Merge<T, TStorage, float, SingleStorage>(origin, _vectors, start, candidate.Base(piece), candidate[piece], destination);
                    p++;
                }
            }
        }

        public override bool TryAdd(MergeWeights candidate, int piece, VectorTensor origin, int start, Span<float> destination)
        {
            if (origin is not Stored<T, TStorage> alike)
            {
                return false;
            }

            LinearKernel.Merge<T, TStorage, T, TStorage>(
                alike._vectors[0].AsSpan(start, destination.Length), _vectors, start, candidate.Base(piece), candidate[piece], destination);
            return true;
        }

        public override void AddDots(ReadOnlySpan<float> values, int start, Span<double> sums) => DotKernel.Add<T, TStorage>(values, _vectors, start, sums);

        private static bool CanGoTogether(ReadOnlySpan<MergeWeights> candidates, int first, int piece)
        {
            for (int p = first; p < first + LinearKernel.AtOnce; p++)
            {
                if (p >= candidates.Length || candidates[p].IsRuled(piece) || candidates[p][piece].Contains(0))
                {
                    return false;
                }
            }

            return true;
        }

        private void MergeTogether(ReadOnlySpan<MergeWeights> candidates, int piece, ReadOnlySpan<float> origin, int start, ReadOnlySpan<Memory<float>> destinations, int done)
        {
            Span<float> weights = stackalloc float[(_vectors.Length + 1) * LinearKernel.AtOnce];
            for (int p = 0; p < candidates.Length; p++)
            {
                weights[p] = candidates[p].Base(piece);
                for (int k = 0; k < _vectors.Length; k++)
                {
                    weights[((k + 1) * LinearKernel.AtOnce) + p] = candidates[p][piece][k];
                }
            }

            int formed = LinearKernel.MergeTogether<T, TStorage>(origin, _vectors, start, weights, destinations, done);
            for (int p = 0; p < candidates.Length && formed < origin.Length; p++)
            {
                LinearKernel.Merge<T, TStorage, float, SingleStorage>(
                    origin[formed..], _vectors, start + formed, candidates[p].Base(piece), candidates[p][piece], destinations[p].Span.Slice(done + formed, origin.Length - formed));
            }
        }
    }
}
