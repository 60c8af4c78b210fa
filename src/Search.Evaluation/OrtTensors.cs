using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>Between arrays of any element type and the library's tensors.</summary>
internal static class OrtTensors
{
    /// <summary>Wraps an array without copying it.</summary>
    /// <param name="library">The library.</param>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <returns>The tensor; the caller disposes it.</returns>
    public static OrtTensor Wrap(OnnxRuntimeLibrary library, Array values, ReadOnlySpan<long> shape) => values switch
    {
        float[] array => library.CreateTensor<float>(array, shape),
        Half[] array => library.CreateTensor<Half>(array, shape),
        double[] array => library.CreateTensor<double>(array, shape),
        long[] array => library.CreateTensor<long>(array, shape),
        int[] array => library.CreateTensor<int>(array, shape),
        short[] array => library.CreateTensor<short>(array, shape),
        // byte[] and sbyte[] match each other's patterns, so the element type decides.
        byte[] when values.GetType() == typeof(sbyte[]) => library.CreateTensor<sbyte>((sbyte[])values, shape),
        byte[] array => library.CreateTensor<byte>(array, shape),
        bool[] array => library.CreateTensor<bool>(array, shape),
        _ => throw new ArgumentException($"Arrays of {values.GetType()} are no tensors.", nameof(values)),
    };

    /// <summary>A floating-point tensor's elements.</summary>
    /// <param name="tensor">An output of the graph.</param>
    /// <returns>The elements, row-major; valid until the tensor is disposed.</returns>
    /// <exception cref="EvaluationException">It holds something else.</exception>
    public static ReadOnlySpan<float> Floats(OrtTensor tensor) => tensor.Type switch
    {
        OrtElementType.Float => tensor.Read<float>(),
        OrtElementType.Float16 => Array.ConvertAll(tensor.Read<Half>().ToArray(), value => (float)value),
        OrtElementType.Double => Array.ConvertAll(tensor.Read<double>().ToArray(), value => (float)value),
        _ => throw new EvaluationException($"An output of the graph that is scored holds {TensorTypes.Name(tensor.Type)}; floating-point numbers are expected."),
    };
}
