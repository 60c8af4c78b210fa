using System.Runtime.InteropServices;

namespace Search.Checkpoints;

/// <summary>Delivers a tensor's bytes as they are stored, little-endian and row-major.</summary>
/// <param name="byteOffset">Where to start, in bytes from the tensor's start; a multiple of the element size.</param>
/// <param name="destination">To be filled whole; a multiple of the element size.</param>
public delegate void TensorReader(long byteOffset, Span<byte> destination);

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Type">The element type to store.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Read">Delivers the bytes.</param>
public sealed record TensorContent(string Name, TensorType Type, IReadOnlyList<long> Shape, TensorReader Read)
{
    /// <summary>How many bytes the tensor takes.</summary>
    public long ByteLength => Shape.Aggregate((long)TensorConversion.ByteSize(Type), (product, dimension) => checked(product * dimension));

    /// <summary>A tensor whose elements are in memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The floating-point type to store.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <param name="values">The elements, row-major.</param>
    public static TensorContent FromFloats(string name, TensorType type, IReadOnlyList<long> shape, ReadOnlyMemory<float> values)
    {
        int size = TensorConversion.ByteSize(type);
        if (shape.Aggregate(1L, (product, dimension) => checked(product * dimension)) != values.Length)
        {
            throw new ArgumentException($"The tensor '{name}' of shape [{string.Join(", ", shape)}] does not have {values.Length} elements.", nameof(values));
        }

        return new TensorContent(name, type, shape, (offset, bytes) =>
            TensorConversion.FromFloat32(values.Span.Slice((int)(offset / size), bytes.Length / size), type, bytes));
    }

    /// <summary>A tensor whose stored elements are in memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type that <typeparamref name="T"/> is.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <param name="values">The elements, row-major.</param>
    public static TensorContent FromValues<T>(string name, TensorType type, IReadOnlyList<long> shape, T[] values)
        where T : struct => new(name, type, shape, (offset, bytes) => MemoryMarshal.AsBytes<T>(values).Slice((int)offset, bytes.Length).CopyTo(bytes));

    /// <summary>A tensor copied from a checkpoint as it is.</summary>
    /// <param name="checkpoint">The checkpoint; must stay open until the tensor is written.</param>
    /// <param name="tensor">One of its tensors.</param>
    public static TensorContent Copy(Checkpoint checkpoint, TensorInfo tensor) =>
        new(tensor.Name, tensor.Type, tensor.Shape, (offset, bytes) => checkpoint.ReadBytes(tensor, offset, bytes));
}
