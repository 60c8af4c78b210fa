using Search.Checkpoints;

namespace Search.Merging;

/// <summary>
/// The base's weights and the vectors that a merge adds to them, read in slices: the experts' task vectors τₖ = θₖ − θ₀, or what an
/// operator's preparation made of them. They come from memory where they were prepared, else they are converted and subtracted on the fly
/// from the files, with the same result bit for bit.
/// </summary>
/// <remarks>
/// Vectors are formed in float32 and may be rounded to nearest even: to bfloat16, which is off by at most 2⁻⁸ of an element, or to float16,
/// off by 2⁻¹¹ of it or by 2⁻²⁵, whichever is more, and infinite from 65,520 on. The base is never rounded.
/// </remarks>
public sealed class TaskVectors
{
    private readonly ModelFamily _family;
    private readonly VectorTensor[]? _base;
    private readonly VectorTensor[]? _vectors;
    private readonly Func<int, float[][]>? _make; // a tensor's vectors, where they are made as they are read
    private readonly Lock _lock = new();
    private (int Tensor, VectorTensor Vectors)? _made; // the tensor made last

    private TaskVectors(
        ModelFamily family, TensorType storage, IReadOnlyList<string> names, VectorTensor[]? baseWeights = null, VectorTensor[]? vectors = null, Func<int, float[][]>? make = null)
    {
        _family = family;
        _base = baseWeights;
        _vectors = vectors;
        _make = make;
        Storage = storage;
        Names = names;
    }

    /// <summary>What each vector is called: its expert's name, or what stands for all of them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How many vectors there are.</summary>
    public int Count => Names.Count;

    /// <summary>The models that they come from.</summary>
    public ModelFamily Family => _family;

    /// <summary>What the vectors are rounded to, and stored as in memory: F32, BF16 or F16. It holds for what is made of them too.</summary>
    public TensorType Storage { get; }

    /// <summary>Whether vectors are made anew as they are read, a tensor at a time.</summary>
    internal bool IsMadeAsRead => _make is not null;

    /// <summary>The tensors.</summary>
    public WeightLayout Layout => _family.Layout;

    /// <summary>Leaves the task vectors in the checkpoint files and reads them as a merge needs them.</summary>
    /// <param name="family">The models; must outlive the result.</param>
    /// <param name="storage">What they are rounded to: F32, BF16 or F16.</param>
    public static TaskVectors Mapped(ModelFamily family, TensorType storage = TensorType.F32) => new(family, storage, ExpertNames(family));

    /// <summary>Prepares the task vectors in memory: (experts + 1) × the shared tensors; the base in float32, or as it is where its file has the type that vectors are stored as.</summary>
    /// <param name="family">The models.</param>
    /// <param name="storage">What the vectors are stored as: F32, BF16 or F16.</param>
    public static TaskVectors Resident(ModelFamily family, TensorType storage = TensorType.F32)
    {
        var baseWeights = new VectorTensor[family.Shared.Count];
        var vectors = new VectorTensor[family.Shared.Count];
        TensorLoop.ForEach(family.Shared.Count, t =>
        {
            float[] origin = New(family, t);
            family.Base.ReadFloats(family.Shared[t], 0, origin);
            baseWeights[t] = Origin(family, t, origin, storage);
            vectors[t] = VectorTensor.Of(
                Enumerable.Range(0, family.Experts.Count).Select(k =>
                {
                    float[] tau = New(family, t);
                    family.ReadTau(k, t, 0, origin, tau);
                    return tau;
                }),
                storage);
        });
        return new TaskVectors(family, storage, ExpertNames(family), baseWeights, vectors);
    }

    /// <summary>Prepares the task vectors in memory when they take at most half of what the process may use, and leaves them in the files otherwise.</summary>
    /// <param name="family">The models.</param>
    /// <param name="storage">What they are stored as: F32, BF16 or F16.</param>
    public static TaskVectors Prepare(ModelFamily family, TensorType storage = TensorType.F32) =>
        Fits(family, family.Experts.Count, storage) ? Resident(family, storage) : Mapped(family, storage);

    /// <summary>
    /// What an operator makes of task vectors, tensor by tensor: in memory when it takes at most half of what the process may use, else made
    /// anew where it is read, a tensor at a time.
    /// </summary>
    /// <param name="source">The task vectors.</param>
    /// <param name="names">What each of the new vectors is called.</param>
    /// <param name="make">Makes a tensor's new vectors, each as long as the tensor, of its index in the layout, its base weights and its task vectors, which it may change and return. Called for several tensors at once.</param>
    /// <param name="inMemory">Whether to keep them in memory, or null to decide by what there is.</param>
    public static TaskVectors Made(TaskVectors source, IReadOnlyList<string> names, Func<int, float[], float[][], float[][]> make, bool? inMemory = null)
    {
        ModelFamily family = source._family;
        float[][] Make(int tensor)
        {
            float[] origin = source.BaseOf(tensor);
            float[][] made = make(tensor, origin, source.CopiesOf(tensor, origin));
            return made.Length == names.Count && made.All(vector => vector.Length == origin.Length)
                ? made
                : throw new ArgumentException($"A preparation must make {names.Count} vectors of the tensor's length.", nameof(make));
        }

        return Of(source, names, Make, inMemory);
    }

    /// <summary>What an operator made of task vectors once, read back: into memory as <see cref="Made"/> decides, else as a merge needs it.</summary>
    /// <param name="source">The task vectors.</param>
    /// <param name="names">What each of the kept vectors is called.</param>
    /// <param name="read">Reads a tensor's kept vectors; called for several tensors at once.</param>
    internal static TaskVectors Kept(TaskVectors source, IReadOnlyList<string> names, Func<int, float[][]> read) => Of(source, names, read, null);

    /// <summary>A slice of the base.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="scratch">As long as the slice; used unless the base is in memory as float32.</param>
    internal ReadOnlySpan<float> Base(int tensor, long start, Span<float> scratch)
    {
        if (_base is not null)
        {
            return _base[tensor].Read(0, (int)start, scratch);
        }

        _family.Base.ReadFloats(_family.Shared[tensor], start, scratch);
        return scratch;
    }

    /// <summary>A tensor's base where it is in memory, else null.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    internal VectorTensor? BaseInMemory(int tensor) => _base?[tensor];

    /// <summary>A slice of a vector.</summary>
    /// <param name="vector">The vector's index.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="baseSlice">The same slice of the base.</param>
    /// <param name="scratch">As long as the slice; used unless the vectors are in memory as float32.</param>
    internal ReadOnlySpan<float> Tau(int vector, int tensor, long start, ReadOnlySpan<float> baseSlice, Span<float> scratch)
    {
        if (InMemory(tensor) is { } stored)
        {
            return stored.Read(vector, (int)start, scratch);
        }

        _family.ReadTau(vector, tensor, start, baseSlice, scratch);
        VectorTensor.Round(scratch, Storage);
        return scratch;
    }

    /// <summary>A tensor's vectors where they are in memory or made as they are read, else null.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    internal VectorTensor? InMemory(int tensor) => _vectors is not null ? _vectors[tensor] : _make is not null ? MadeOf(tensor) : null;

    /// <summary>A tensor's base weights; not to be changed.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    internal float[] BaseOf(int tensor)
    {
        if (_base is not null)
        {
            return _base[tensor].Whole(0);
        }

        float[] origin = New(_family, tensor);
        _family.Base.ReadFloats(_family.Shared[tensor], 0, origin);
        return origin;
    }

    /// <summary>A copy of a vector's part in a tensor.</summary>
    /// <param name="vector">The vector's index.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="origin">The tensor's base weights.</param>
    internal float[] CopyOf(int vector, int tensor, ReadOnlySpan<float> origin)
    {
        float[] copy = New(_family, tensor);
        Tau(vector, tensor, 0, origin, copy).CopyTo(copy);
        return copy;
    }

    /// <summary>Copies of all vectors' parts in a tensor; several tensors may be asked for at once.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="origin">The tensor's base weights.</param>
    internal float[][] CopiesOf(int tensor, ReadOnlySpan<float> origin)
    {
        float[][] copies = _make?.Invoke(tensor) ?? new float[Count][];
        for (int k = 0; k < copies.Length; k++)
        {
            if (_make is null)
            {
                copies[k] = CopyOf(k, tensor, origin);
            }
            else
            {
                VectorTensor.Round(copies[k], Storage);
            }
        }

        return copies;
    }

    private static TaskVectors Of(TaskVectors source, IReadOnlyList<string> names, Func<int, float[][]> make, bool? inMemory)
    {
        ModelFamily family = source._family;
        if (!(inMemory ?? Fits(family, names.Count, source.Storage)))
        {
            return new TaskVectors(family, source.Storage, names, make: make);
        }

        var baseWeights = new VectorTensor[family.Shared.Count];
        var vectors = new VectorTensor[family.Shared.Count];
        TensorLoop.ForEach(family.Shared.Count, t =>
        {
            baseWeights[t] = source._base?[t] ?? Origin(family, t, source.BaseOf(t), source.Storage);
            vectors[t] = VectorTensor.Of(make(t), source.Storage);
        });
        return new TaskVectors(family, source.Storage, names, baseWeights, vectors);
    }

    private VectorTensor MadeOf(int tensor)
    {
        lock (_lock)
        {
            if (_made is not { } made || made.Tensor != tensor)
            {
                _made = null; // before the next is made, so that there is room for it
                _made = made = (tensor, VectorTensor.Of(_make!(tensor), Storage));
            }

            return made.Vectors;
        }
    }

    private static bool Fits(ModelFamily family, int vectors, TensorType storage) =>
        ((vectors * TensorConversion.ByteSize(storage)) + sizeof(float)) * family.Layout.ElementCount <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    private static string[] ExpertNames(ModelFamily family) => [.. family.Experts.Select(expert => expert.Key)];

    // A base that has the vectors' type in its file loses nothing in it.
    private static VectorTensor Origin(ModelFamily family, int tensor, float[] origin, TensorType storage) =>
        VectorTensor.Of([origin], family.Shared[tensor].Type == storage ? storage : TensorType.F32);

    private static float[] New(ModelFamily family, int tensor) => GC.AllocateUninitializedArray<float>(checked((int)family.Shared[tensor].ElementCount));
}
