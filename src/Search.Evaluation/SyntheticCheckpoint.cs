using System.Runtime.InteropServices;
using Search.Checkpoints;

namespace Search.Evaluation;

/// <summary>A checkpoint whose float32 elements follow from a seed, for measurements that need a model of a certain size and no other.</summary>
/// <param name="name">What stands for its path.</param>
/// <param name="shapes">Tensor name to shape.</param>
/// <param name="origin">Another such checkpoint that this one is near, or null.</param>
/// <param name="scale">The standard deviation of the elements, or of their distance from the origin's.</param>
/// <param name="seed">The seed.</param>
internal sealed class SyntheticCheckpoint(string name, IReadOnlyList<KeyValuePair<string, long[]>> shapes, SyntheticCheckpoint? origin, double scale, ulong seed)
    : Checkpoint(name, shapes.Select(shape => new TensorInfo(shape.Key, TensorType.F32, shape.Value, name, 0, sizeof(float) * shape.Value.Aggregate(1L, (product, size) => product * size))), new Dictionary<string, string>())
{
    /// <inheritdoc />
    public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination)
    {
        Span<float> elements = MemoryMarshal.Cast<byte, float>(destination);
        origin?.ReadBytes(tensor, byteOffset, destination);
        ulong stream = seed ^ ((ulong)shapes.ToList().FindIndex(shape => shape.Key == tensor.Name) << 40);
        double width = scale * Math.Sqrt(12) / uint.MaxValue; // a uniform distribution of that deviation
        for (int i = 0; i < elements.Length; i++)
        {
            float value = (float)(width * (Mix(stream + (ulong)(byteOffset / sizeof(float)) + (ulong)i) - (uint.MaxValue / 2.0)));
            elements[i] = origin is null ? value : elements[i] + value;
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        // Nothing is held.
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
