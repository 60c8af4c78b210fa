namespace Search.Checkpoints;

/// <summary>Where a tensor lies and what it is.</summary>
/// <param name="Name">The tensor's name, unique in its checkpoint.</param>
/// <param name="Type">The element type as stored.</param>
/// <param name="Shape">The dimensions, outermost first; empty for a scalar.</param>
/// <param name="File">The file that holds the tensor's bytes (of a sharded checkpoint: the shard).</param>
/// <param name="Offset">Where the tensor's bytes start, in bytes from the file's start.</param>
/// <param name="ByteLength">How many bytes the tensor takes.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, string File, long Offset, long ByteLength)
{
    /// <summary>How many elements the tensor has.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));

    /// <summary>Whether the elements are floating-point numbers, which merge; others are copied from the base.</summary>
    public bool IsFloat => Type is TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16;

    /// <summary>The shape as people write it, such as [3, 224, 224].</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
