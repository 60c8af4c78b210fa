using System.Numerics.Tensors;
using Search.Checkpoints;

namespace Search.Merging;

/// <summary>
/// The base's weights and the experts' task vectors τₖ = θₖ − θ₀ in float32, read in slices: from memory when they were prepared, else
/// converted and subtracted on the fly from the mapped files, with the same result bit for bit.
/// </summary>
public sealed class TaskVectors
{
    private readonly ModelFamily _family;
    private readonly float[][]? _base;
    private readonly float[][][]? _tau; // expert, tensor, element

    private TaskVectors(ModelFamily family, float[][]? baseWeights, float[][][]? tau)
    {
        _family = family;
        _base = baseWeights;
        _tau = tau;
    }

    /// <summary>How many experts there are.</summary>
    public int Experts => _family.Experts.Count;

    /// <summary>Whether the vectors are in memory, so that a slice needs no base to be formed from.</summary>
    internal bool IsResident => _tau is not null;

    /// <summary>The tensors.</summary>
    public WeightLayout Layout => _family.Layout;

    /// <summary>Leaves the vectors in the checkpoint files and reads them as a merge needs them.</summary>
    /// <param name="family">The models; must outlive the result.</param>
    public static TaskVectors Mapped(ModelFamily family) => new(family, null, null);

    /// <summary>Prepares the vectors in memory: (experts + 1) × the shared tensors, as float32.</summary>
    /// <param name="family">The models.</param>
    public static TaskVectors Resident(ModelFamily family)
    {
        int tensors = family.Shared.Count;
        float[][] Allocate() => [.. family.Shared.Select(tensor => GC.AllocateUninitializedArray<float>(checked((int)tensor.ElementCount)))];
        float[][] baseWeights = Allocate();
        float[][][] tau = [.. family.Experts.Select(_ => Allocate())];
        Parallel.For(0, tensors, t =>
        {
            family.Base.ReadFloats(family.Shared[t], 0, baseWeights[t]);
            for (int k = 0; k < family.Experts.Count; k++)
            {
                ReadExpert(family, k, t, 0, tau[k][t]);
                TensorPrimitives.Subtract(tau[k][t], baseWeights[t], tau[k][t]);
            }
        });
        foreach (Checkpoint checkpoint in family.Experts.Select(expert => expert.Value).Prepend(family.Base))
        {
            checkpoint.Trim();
        }

        return new TaskVectors(family, baseWeights, tau);
    }

    /// <summary>Prepares the vectors in memory when they take at most half of what the process may use, and leaves them mapped otherwise.</summary>
    /// <param name="family">The models.</param>
    public static TaskVectors Prepare(ModelFamily family)
    {
        long bytes = (family.Experts.Count + 1) * family.Layout.ElementCount * sizeof(float);
        return bytes <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 ? Resident(family) : Mapped(family);
    }

    /// <summary>A slice of the base.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="scratch">As long as the slice; used when the vectors are not in memory.</param>
    internal ReadOnlySpan<float> Base(int tensor, long start, Span<float> scratch)
    {
        if (_base is not null)
        {
            return _base[tensor].AsSpan((int)start, scratch.Length);
        }

        _family.Base.ReadFloats(_family.Shared[tensor], start, scratch);
        return scratch;
    }

    /// <summary>A slice of an expert's task vector.</summary>
    /// <param name="expert">The expert's index.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="baseSlice">The same slice of the base.</param>
    /// <param name="scratch">As long as the slice; used when the vectors are not in memory.</param>
    internal ReadOnlySpan<float> Tau(int expert, int tensor, long start, ReadOnlySpan<float> baseSlice, Span<float> scratch)
    {
        if (_tau is not null)
        {
            return _tau[expert][tensor].AsSpan((int)start, scratch.Length);
        }

        ReadExpert(_family, expert, tensor, start, scratch);
        TensorPrimitives.Subtract(scratch, baseSlice, scratch);
        return scratch;
    }

    /// <summary>A slice of an expert's task vector that is in memory.</summary>
    /// <param name="expert">The expert's index.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="length">The slice's length.</param>
    internal ReadOnlySpan<float> Tau(int expert, int tensor, int start, int length) => _tau![expert][tensor].AsSpan(start, length);

    private static void ReadExpert(ModelFamily family, int expert, int tensor, long start, Span<float> destination)
    {
        Checkpoint checkpoint = family.Experts[expert].Value;
        checkpoint.ReadFloats(checkpoint.Find(family.Shared[tensor].Name)!, start, destination);
    }
}
