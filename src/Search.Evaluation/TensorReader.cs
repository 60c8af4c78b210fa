using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Search.Checkpoints;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>Reads elements of a checkpoint tensor in the type a graph wants, into pinned arrays.</summary>
internal static class TensorReader
{
    /// <summary>Reads elements for a graph input.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="tensor">One of its tensors, of a type the graph's accepts.</param>
    /// <param name="first">The first element.</param>
    /// <param name="count">How many elements.</param>
    /// <param name="type">The graph's element type.</param>
    /// <param name="map">Applied to floating-point inputs; null leaves the numbers as stored.</param>
    /// <returns>An array whose element type stands for <paramref name="type"/>.</returns>
    public static Array Read(Checkpoint file, TensorInfo tensor, long first, int count, OrtElementType type, AffineMap? map) => type switch
    {
        OrtElementType.Float => ReadFloats(file, tensor, first, count, map),
        OrtElementType.Float16 => ToHalf(ReadFloats(file, tensor, first, count, map)),
        OrtElementType.Double => ReadDoubles(file, tensor, first, count, map),
        OrtElementType.Int64 => ReadIntegers<long>(file, tensor, first, count),
        OrtElementType.Int32 => ReadIntegers<int>(file, tensor, first, count),
        OrtElementType.Int16 => ReadIntegers<short>(file, tensor, first, count),
        OrtElementType.Int8 => ReadIntegers<sbyte>(file, tensor, first, count),
        OrtElementType.UInt8 => ReadIntegers<byte>(file, tensor, first, count),
        OrtElementType.Bool => Array.ConvertAll(ReadStored<byte>(file, tensor, first, count), value => value != 0),
        _ => throw new NotSupportedException($"Inputs of {TensorTypes.Name(type)} are not supported."),
    };

    /// <summary>Reads elements as float32, rounding to nearest even where the stored type is wider.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="tensor">One of its tensors; floating-point or an 8-bit integer.</param>
    /// <param name="first">The first element.</param>
    /// <param name="count">How many elements.</param>
    /// <param name="map">Applied to each number; null leaves them as stored.</param>
    /// <returns>The numbers.</returns>
    public static float[] ReadFloats(Checkpoint file, TensorInfo tensor, long first, int count, AffineMap? map)
    {
        if (map is not null)
        {
            return ToFloat(ReadDoubles(file, tensor, first, count, map));
        }

        if (tensor.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16))
        {
            return ToFloat(ReadDoubles(file, tensor, first, count, null));
        }

        float[] floats = Allocate<float>(count);
        file.ReadFloats(tensor, first, floats);
        return floats;
    }

    /// <summary>Reads integers, widened without loss.</summary>
    /// <typeparam name="T">The type to read as.</typeparam>
    /// <param name="file">The checkpoint.</param>
    /// <param name="tensor">One of its tensors, of a type no wider than <typeparamref name="T"/>.</param>
    /// <param name="first">The first element.</param>
    /// <param name="count">How many elements.</param>
    /// <returns>The numbers.</returns>
    /// <exception cref="OverflowException">A number is outside the range of <typeparamref name="T"/>.</exception>
    public static T[] ReadIntegers<T>(Checkpoint file, TensorInfo tensor, long first, int count)
        where T : unmanaged, INumber<T> => tensor.Type switch
        {
            TensorType.I64 => Widen<long, T>(ReadStored<long>(file, tensor, first, count)),
            TensorType.I32 => Widen<int, T>(ReadStored<int>(file, tensor, first, count)),
            TensorType.I16 => Widen<short, T>(ReadStored<short>(file, tensor, first, count)),
            TensorType.I8 => Widen<sbyte, T>(ReadStored<sbyte>(file, tensor, first, count)),
            TensorType.U8 or TensorType.Bool => Widen<byte, T>(ReadStored<byte>(file, tensor, first, count)),
            _ => throw new ArgumentException($"{tensor.Type} tensors hold no integers.", nameof(tensor)),
        };

    private static double[] ReadDoubles(Checkpoint file, TensorInfo tensor, long first, int count, AffineMap? map)
    {
        double[] numbers = tensor.Type switch
        {
            TensorType.F64 => ReadStored<double>(file, tensor, first, count),
            TensorType.U8 => Widen<byte, double>(ReadStored<byte>(file, tensor, first, count)),
            TensorType.I8 => Widen<sbyte, double>(ReadStored<sbyte>(file, tensor, first, count)),
            TensorType.F32 or TensorType.F16 or TensorType.BF16 => Widen<float, double>(ReadFloats(file, tensor, first, count, null)),
            _ => throw new ArgumentException($"{tensor.Type} tensors feed no floating-point input.", nameof(tensor)),
        };
        if (map is AffineMap affine)
        {
            TensorPrimitives.Multiply(numbers, affine.Scale, numbers);
            TensorPrimitives.Add(numbers, affine.Offset, numbers);
        }

        return numbers;
    }

    private static T[] ReadStored<T>(Checkpoint file, TensorInfo tensor, long first, int count)
        where T : unmanaged
    {
        T[] values = Allocate<T>(count);
        Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        long size = count == 0 ? 1 : bytes.Length / count;
        file.ReadBytes(tensor, first * size, bytes);
        return values;
    }

    private static TTarget[] Widen<TSource, TTarget>(TSource[] source)
        where TSource : unmanaged, INumber<TSource>
        where TTarget : unmanaged, INumber<TTarget>
    {
        TTarget[] target = Allocate<TTarget>(source.Length);
        TensorPrimitives.ConvertChecked<TSource, TTarget>(source, target);
        return target;
    }

    private static float[] ToFloat(double[] source)
    {
        float[] target = Allocate<float>(source.Length);
        TensorPrimitives.ConvertTruncating<double, float>(source, target);
        return target;
    }

    private static Half[] ToHalf(float[] source)
    {
        Half[] target = Allocate<Half>(source.Length);
        TensorPrimitives.ConvertToHalf(source, target);
        return target;
    }

    private static T[] Allocate<T>(int count) => GC.AllocateUninitializedArray<T>(count, pinned: true);
}
