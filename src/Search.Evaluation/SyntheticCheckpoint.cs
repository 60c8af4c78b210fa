using System.Buffers;
using System.Runtime.InteropServices;
using Search.Checkpoints;

namespace Search.Evaluation;

/// <summary>A checkpoint whose elements follow from a seed, for measurements that need a model of a certain size and no other.</summary>
/// <param name="name">What stands for its path.</param>
/// <param name="shapes">Tensor name to shape.</param>
/// <param name="origin">Another such checkpoint that this one is near, or null.</param>
/// <param name="scale">The standard deviation of the elements, or of their distance from the origin's.</param>
/// <param name="seed">The seed.</param>
/// <param name="type">F32, BF16 or F16.</param>
internal sealed class SyntheticCheckpoint(
    string name, IReadOnlyList<KeyValuePair<string, long[]>> shapes, SyntheticCheckpoint? origin, double scale, ulong seed, TensorType type = TensorType.F32)
    : Checkpoint(
        name,
        shapes.Select(shape => new TensorInfo(shape.Key, type, shape.Value, name, 0, TensorConversion.ByteSize(type) * shape.Value.Aggregate(1L, (product, size) => product * size))),
        new Dictionary<string, string>())
{
    /// <inheritdoc />
    public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination)
    {
        if (type == TensorType.F32)
        {
            Fill(tensor, byteOffset / sizeof(float), MemoryMarshal.Cast<byte, float>(destination));
            return;
        }

        int size = TensorConversion.ByteSize(type);
        float[] elements = ArrayPool<float>.Shared.Rent(destination.Length / size);
        Fill(tensor, byteOffset / size, elements.AsSpan(0, destination.Length / size));
        TensorConversion.FromFloat32(elements.AsSpan(0, destination.Length / size), type, destination);
        ArrayPool<float>.Shared.Return(elements);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        // Nothing is held.
    }

    private void Fill(TensorInfo tensor, long first, Span<float> elements)
    {
        origin?.Fill(tensor, first, elements);
        ulong stream = seed ^ ((ulong)shapes.ToList().FindIndex(shape => shape.Key == tensor.Name) << 40);
        double width = scale * Math.Sqrt(12) / uint.MaxValue; // a uniform distribution of that deviation
        for (int i = 0; i < elements.Length; i++)
        {
            float value = (float)(width * (Mix(stream + (ulong)first + (ulong)i) - (uint.MaxValue / 2.0)));
            elements[i] = origin is null ? value : elements[i] + value;
        }
    }

    // SplitMix64's finaliser (Steele et al. 2014), upper half.
    private static uint Mix(ulong x)
    {
        x *= 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return (uint)((x ^ (x >> 31)) >> 32);
    }
}
