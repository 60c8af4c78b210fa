using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>What the graph gives on one batch.</summary>
/// <param name="tensors">The graph's outputs, the logits first; owned from here on.</param>
/// <param name="features">Which of them each feature is.</param>
internal sealed class ModelOutputs(IReadOnlyList<OrtTensor> tensors, IReadOnlyList<int> features) : IDisposable
{
    /// <summary>The scored output.</summary>
    public OrtTensor Logits => tensors[0];

    /// <summary>The values of the nodes asked for.</summary>
    public IEnumerable<OrtTensor> Features => features.Select(index => tensors[index]);

    /// <summary>A floating-point tensor's elements.</summary>
    /// <param name="tensor">One of these outputs.</param>
    /// <exception cref="EvaluationException">It holds something else.</exception>
    public static ReadOnlySpan<float> Floats(OrtTensor tensor) => tensor.Type switch
    {
        OrtElementType.Float => tensor.Read<float>(),
        OrtElementType.Float16 => Array.ConvertAll(tensor.Read<Half>().ToArray(), value => (float)value),
        OrtElementType.Double => Array.ConvertAll(tensor.Read<double>().ToArray(), value => (float)value),
        _ => throw new EvaluationException($"An output of the graph that is scored holds {TensorTypes.Name(tensor.Type)}; floating-point numbers are expected."),
    };

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (OrtTensor tensor in tensors)
        {
            tensor.Dispose();
        }
    }
}
