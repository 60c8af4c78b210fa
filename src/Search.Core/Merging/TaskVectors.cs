using System.Numerics.Tensors;
using Search.Checkpoints;

namespace Search.Merging;

/// <summary>
/// The base's weights and the vectors that a merge adds to them, in float32, read in slices: the experts' task vectors τₖ = θₖ − θ₀, or
/// what an operator's preparation made of them. They come from memory where they were prepared, else they are converted and subtracted on
/// the fly from the mapped files, with the same result bit for bit.
/// </summary>
public sealed class TaskVectors
{
    private readonly ModelFamily _family;
    private readonly float[][]? _base;
    private readonly float[][][]? _tau; // vector, tensor, element
    private readonly Func<int, float[][]>? _make; // a tensor's vectors, where they are made as they are read
    private readonly Lock _lock = new();
    private (int Tensor, float[][] Vectors)? _made; // the tensor made last

    private TaskVectors(ModelFamily family, IReadOnlyList<string> names, float[][]? baseWeights, float[][][]? tau, Func<int, float[][]>? make = null)
    {
        _family = family;
        _base = baseWeights;
        _tau = tau;
        _make = make;
        Names = names;
    }

    /// <summary>What each vector is called: its expert's name, or what stands for all of them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How many vectors there are.</summary>
    public int Count => Names.Count;

    /// <summary>The models that they come from.</summary>
    public ModelFamily Family => _family;

    /// <summary>Whether the vectors are in memory, so that a slice needs no base to be formed from.</summary>
    internal bool IsResident => _tau is not null;

    /// <summary>Whether vectors are made anew as they are read, a tensor at a time.</summary>
    internal bool IsMadeAsRead => _make is not null;

    /// <summary>The tensors.</summary>
    public WeightLayout Layout => _family.Layout;

    /// <summary>Leaves the task vectors in the checkpoint files and reads them as a merge needs them.</summary>
    /// <param name="family">The models; must outlive the result.</param>
    public static TaskVectors Mapped(ModelFamily family) => new(family, ExpertNames(family), null, null);

    /// <summary>Prepares the task vectors in memory: (experts + 1) × the shared tensors, as float32.</summary>
    /// <param name="family">The models.</param>
    public static TaskVectors Resident(ModelFamily family)
    {
        float[][] baseWeights = Allocate(family);
        float[][][] tau = [.. family.Experts.Select(_ => Allocate(family))];
        Parallel.For(0, family.Shared.Count, t =>
        {
            family.Base.ReadFloats(family.Shared[t], 0, baseWeights[t]);
            for (int k = 0; k < family.Experts.Count; k++)
            {
                ReadExpert(family, k, t, 0, tau[k][t]);
                TensorPrimitives.Subtract(tau[k][t], baseWeights[t], tau[k][t]);
            }
        });
        Trim(family);
        return new TaskVectors(family, ExpertNames(family), baseWeights, tau);
    }

    /// <summary>Prepares the task vectors in memory when they take at most half of what the process may use, and leaves them mapped otherwise.</summary>
    /// <param name="family">The models.</param>
    public static TaskVectors Prepare(ModelFamily family) => Fits(family, family.Experts.Count) ? Resident(family) : Mapped(family);

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
            float[][] made = make(tensor, origin, [.. Enumerable.Range(0, source.Count).Select(k => source.CopyOf(k, tensor, origin))]);
            return made.Length == names.Count && made.All(vector => vector.Length == origin.Length)
                ? made
                : throw new ArgumentException($"A preparation must make {names.Count} vectors of the tensor's length.", nameof(make));
        }

        if (!(inMemory ?? Fits(family, names.Count)))
        {
            return new TaskVectors(family, names, null, null, Make);
        }

        var baseWeights = new float[family.Shared.Count][];
        float[][][] vectors = [.. names.Select(_ => new float[family.Shared.Count][])];
        try
        {
            Parallel.For(0, family.Shared.Count, t =>
            {
                baseWeights[t] = source.BaseOf(t);
                foreach ((int m, float[] vector) in Make(t).Index())
                {
                    vectors[m][t] = vector;
                }
            });
        }
        catch (AggregateException exception) when (exception.InnerExceptions.OfType<MergeException>().FirstOrDefault() is { } refused)
        {
            throw new MergeException(refused.Message); // one sentence, whichever thread said it
        }

        Trim(family);
        return new TaskVectors(family, names, baseWeights, vectors);
    }

    /// <summary>A slice of the base.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="scratch">At least as long as the slice; used when the vectors are not in memory.</param>
    /// <param name="length">How many elements.</param>
    internal ReadOnlySpan<float> Base(int tensor, long start, Span<float> scratch, int length)
    {
        if (_base is not null)
        {
            return _base[tensor].AsSpan((int)start, length);
        }

        _family.Base.ReadFloats(_family.Shared[tensor], start, scratch[..length]);
        return scratch[..length];
    }

    /// <summary>A slice of the base.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="scratch">As long as the slice; used when the vectors are not in memory.</param>
    internal ReadOnlySpan<float> Base(int tensor, long start, Span<float> scratch) => Base(tensor, start, scratch, scratch.Length);

    /// <summary>A slice of a vector.</summary>
    /// <param name="vector">The vector's index.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="baseSlice">The same slice of the base.</param>
    /// <param name="scratch">As long as the slice; used when the vectors are not in memory.</param>
    internal ReadOnlySpan<float> Tau(int vector, int tensor, long start, ReadOnlySpan<float> baseSlice, Span<float> scratch)
    {
        if (_tau is not null)
        {
            return _tau[vector][tensor].AsSpan((int)start, scratch.Length);
        }

        if (_make is not null)
        {
            return MadeOf(tensor)[vector].AsSpan((int)start, scratch.Length);
        }

        ReadExpert(_family, vector, tensor, start, scratch);
        TensorPrimitives.Subtract(scratch, baseSlice, scratch);
        return scratch;
    }

    /// <summary>A slice of a vector that is in memory.</summary>
    /// <param name="vector">The vector's index.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="length">The slice's length.</param>
    internal ReadOnlySpan<float> Tau(int vector, int tensor, int start, int length) => _tau![vector][tensor].AsSpan(start, length);

    /// <summary>A tensor's base weights; not to be changed.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    internal float[] BaseOf(int tensor)
    {
        if (_base is not null)
        {
            return _base[tensor];
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

    private float[][] MadeOf(int tensor)
    {
        lock (_lock)
        {
            if (_made is not { } made || made.Tensor != tensor)
            {
                _made = null; // before the next is made, so that there is room for it
                _made = made = (tensor, _make!(tensor));
            }

            return made.Vectors;
        }
    }

    private static bool Fits(ModelFamily family, int vectors) =>
        (vectors + 1) * family.Layout.ElementCount * sizeof(float) <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    private static string[] ExpertNames(ModelFamily family) => [.. family.Experts.Select(expert => expert.Key)];

    private static float[][] Allocate(ModelFamily family) => [.. Enumerable.Range(0, family.Shared.Count).Select(t => New(family, t))];

    private static float[] New(ModelFamily family, int tensor) => GC.AllocateUninitializedArray<float>(checked((int)family.Shared[tensor].ElementCount));

    // What was read is not needed again.
    private static void Trim(ModelFamily family)
    {
        foreach (Checkpoint checkpoint in family.Experts.Select(expert => expert.Value).Prepend(family.Base).Concat(family.Statistics))
        {
            checkpoint.Trim();
        }
    }

    private static void ReadExpert(ModelFamily family, int expert, int tensor, long start, Span<float> destination)
    {
        Checkpoint checkpoint = family.Experts[expert].Value;
        checkpoint.ReadFloats(checkpoint.Find(family.Shared[tensor].Name)!, start, destination);
    }
}
