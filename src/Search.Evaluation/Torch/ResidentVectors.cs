using Search.Merging;
using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch;

/// <summary>
/// A base and its task vectors on the device, with an arena for one merged model and one for its gradients. All are cut into chunks that
/// belong to one tensor each, so that a merge is one batched product over chunks whatever the number of tensors:
/// θ[c] = θ₀[c] + w[tensor of c] · τ[c], and the dot products with the task vectors are another.
/// </summary>
internal sealed class ResidentVectors : IDisposable
{
    /// <summary>Elements a chunk; a tensor's last one is filled up with zeros.</summary>
    internal const int Chunk = 4096;

    private readonly long _slab;
    private readonly int _experts;
    private readonly string _device;
    private readonly int[] _firstChunk; // by tensor, and one more for the end
    private readonly bool _isWide;
    private readonly TorchTensor _base; // chunks, 1, elements
    private readonly TorchTensor _vectors; // chunks, experts, elements
    private readonly TorchTensor _weights; // chunks, 1, elements: the merged model
    private readonly TorchTensor _gradients; // chunks, elements, 1
    private readonly TorchTensor _owners; // chunks: the tensor that each belongs to

    /// <summary>Copies a base and its task vectors to a device.</summary>
    /// <param name="vectors">The base, which is kept in float32, and the task vectors.</param>
    /// <param name="device">The device, such as <c>cuda:0</c>.</param>
    /// <param name="storage">What task vectors are kept in: float32, or bfloat16 or float16, which round them; sums are float32 in any case.</param>
    /// <param name="slab">Elements of rounded task vectors that are widened at a time: 256 MiB of float32 unless told.</param>
    /// <exception cref="Search.Native.NativeException">The device has no room for them.</exception>
    public ResidentVectors(TaskVectors vectors, string device, TorchType storage, long slab = 1L << 26)
    {
        _slab = slab;
        IReadOnlyList<WeightSlot> tensors = vectors.Layout.Tensors;
        _experts = vectors.Count;
        _device = device;
        _isWide = storage == TorchType.Float32;
        _firstChunk = new int[tensors.Count + 1];
        for (int t = 0; t < tensors.Count; t++)
        {
            _firstChunk[t + 1] = _firstChunk[t] + checked((int)((tensors[t].ElementCount + Chunk - 1) / Chunk));
        }

        int chunks = _firstChunk[^1];
        List<TorchTensor> made = [];
        TorchTensor Zeros(TorchType type, params long[] shape)
        {
            made.Add(Call("zeros", shape, type, TorchArgument.None, TorchArgument.Device(device)));
            return made[^1];
        }

        try
        {
            _base = Zeros(TorchType.Float32, chunks, 1, Chunk);
            _vectors = Zeros(storage, chunks, _experts, Chunk);
            _weights = Zeros(TorchType.Float32, chunks, 1, Chunk);
            _gradients = Zeros(TorchType.Float32, chunks, Chunk, 1);
            _owners = TorchData.Moved(device, TorchData.Of([.. Enumerable.Range(0, tensors.Count).SelectMany(t => Enumerable.Repeat((long)t, _firstChunk[t + 1] - _firstChunk[t]))]));
            made.Add(_owners);
            Fill(vectors);
            made.AddRange(Weights = Views(_weights, tensors));
            made.AddRange(Gradients = Views(_gradients, tensors));
        }
        catch
        {
            made.ForEach(tensor => tensor.Dispose());
            throw;
        }
    }

    /// <summary>The merged tensors: views of one arena, in the layout's order.</summary>
    public TorchTensor[] Weights { get; }

    /// <summary>Where the derivative by each merged tensor goes: views of another arena.</summary>
    public TorchTensor[] Gradients { get; }

    /// <summary>Merges a candidate into <see cref="Weights"/>.</summary>
    /// <param name="candidate">The merge to make.</param>
    /// <exception cref="ArgumentException">It cuts tensors into pieces.</exception>
    public void Merge(MergeWeights candidate)
    {
        if (!candidate.Pieces.IsSameAs(new TensorPieces(Weights.Length)))
        {
            throw new ArgumentException("On a device a tensor has one weight an expert.", nameof(candidate));
        }

        float[] flat = [.. Enumerable.Range(0, Weights.Length).SelectMany(t => candidate[t].ToArray())];
        using TorchTensor byTensor = TorchData.Moved(_device, TorchTensor.Wrap<float>(flat, [Weights.Length, 1, _experts]));
        using TorchTensor byChunk = Call("index_select", byTensor, 0L, _owners);
        foreach ((long first, long count) in Slabs())
        {
            using TorchTensor vectors = Wide(first, count);
            using TorchTensor weights = Call("narrow", byChunk, 0L, first, count);
            using TorchTensor origin = Call("narrow", _base, 0L, first, count);
            using TorchTensor merged = Call("narrow", _weights, 0L, first, count);
            using TorchTensor _ = Call("baddbmm.out", origin, weights, vectors, TorchArgument.Default, TorchArgument.Default, merged);
        }
    }

    /// <summary>Copies the merged model over the gradients: the least that can be done with so many numbers.</summary>
    public void Copy()
    {
        using TorchTensor from = Call("view", _weights, _gradients.Sizes);
        using TorchTensor _ = Call("copy_", _gradients, from);
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients() => Call("zero_", _gradients).Dispose();

    /// <summary>Adds the dot product of every tensor's gradient with every task vector.</summary>
    /// <param name="gradient">What they are added to; they cross to the host in one transfer.</param>
    public void AddDots(MergeGradient gradient)
    {
        List<TorchTensor> parts = [];
        try
        {
            foreach ((long first, long count) in Slabs())
            {
                using TorchTensor vectors = Wide(first, count);
                using TorchTensor slopes = Call("narrow", _gradients, 0L, first, count);
                parts.Add(Call("bmm", vectors, slopes));
            }

            using TorchTensor all = Call("cat", parts.ToArray());
            using TorchTensor host = TorchData.OnHost(all, TorchType.Float32);
            ReadOnlySpan<float> dots = host.Read<float>();
            Span<double> sums = stackalloc double[_experts];
            for (int t = 0; t < Weights.Length; t++)
            {
                // Summed here, in chunk order: sums of many on a device come in any order.
                sums.Clear();
                for (int i = _firstChunk[t] * _experts; i < _firstChunk[t + 1] * _experts; i++)
                {
                    sums[i % _experts] += dots[i];
                }

                gradient.Add(t, sums);
            }
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (TorchTensor tensor in new[] { _base, _vectors, _weights, _gradients, _owners }.Concat(Weights).Concat(Gradients))
        {
            tensor.Dispose();
        }
    }

    private void Fill(TaskVectors vectors)
    {
        var origin = new float[Chunk];
        for (int t = 0; t < vectors.Layout.Tensors.Count; t++)
        {
            long elements = vectors.Layout.Tensors[t].ElementCount;
            for (int chunk = _firstChunk[t]; chunk < _firstChunk[t + 1]; chunk++)
            {
                long start = (long)(chunk - _firstChunk[t]) * Chunk;
                int length = (int)Math.Min(Chunk, elements - start);
                var block = new float[(_experts + 1) * Chunk];
                ReadOnlySpan<float> baseSlice = vectors.Base(t, start, origin.AsSpan(0, length));
                baseSlice.CopyTo(block);
                for (int k = 0; k < _experts; k++)
                {
                    Span<float> slice = block.AsSpan((k + 1) * Chunk, length);
                    vectors.Tau(k, t, start, baseSlice, slice).CopyTo(slice);
                }

                using TorchTensor host = TorchTensor.Wrap<float>(block, [1, _experts + 1, Chunk]);
                Copy(host, 0, 1, _base, chunk);
                Copy(host, 1, _experts, _vectors, chunk);
            }
        }
    }

    private static void Copy(TorchTensor block, long first, long count, TorchTensor destination, int chunk)
    {
        using TorchTensor from = Call("narrow", block, 1L, first, count);
        using TorchTensor to = Call("narrow", destination, 0L, (long)chunk, 1L);
        using TorchTensor _ = Call("copy_", to, from);
    }

    private TorchTensor[] Views(TorchTensor arena, IReadOnlyList<WeightSlot> tensors)
    {
        using TorchTensor flat = Call("view", arena, new[] { -1L });
        return [.. tensors.Select((slot, t) =>
        {
            using TorchTensor part = Call("narrow", flat, 0L, (long)_firstChunk[t] * Chunk, slot.ElementCount);
            return Call("view", part, slot.Shape.ToArray());
        })];
    }

    // Everything at once where nothing is to be widened.
    private IEnumerable<(long First, long Count)> Slabs()
    {
        long step = _isWide ? _firstChunk[^1] : Math.Max(1, _slab / (Chunk * (long)_experts));
        for (long first = 0; first < _firstChunk[^1]; first += step)
        {
            yield return (first, Math.Min(step, _firstChunk[^1] - first));
        }
    }

    private TorchTensor Wide(long first, long count)
    {
        using TorchTensor part = Call("narrow", _vectors, 0L, first, count);
        return Call("to.dtype", part, TorchType.Float32);
    }
}
