using System.Numerics.Tensors;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>
/// One weight set as a session's inputs. Float32 weights are the set's own memory; for float16 weights there is a converted copy, which
/// <see cref="Refresh"/> brings up to date.
/// </summary>
internal sealed class WeightFeed : IDisposable
{
    private readonly List<(string Name, OrtTensor Tensor)> _tensors = [];
    private readonly List<(Memory<float> Source, Half[] Target)> _halves = [];

    /// <summary>Wraps a weight set.</summary>
    /// <param name="library">The library.</param>
    /// <param name="weights">The weights; their memory is pinned while this lives.</param>
    /// <param name="types">The graph's element type of each.</param>
    public WeightFeed(OnnxRuntimeLibrary library, WeightSet weights, IReadOnlyDictionary<string, OrtElementType> types)
    {
        try
        {
            for (int i = 0; i < weights.Layout.Tensors.Count; i++)
            {
                WeightSlot slot = weights.Layout.Tensors[i];
                _tensors.Add((slot.Name, Wrap(library, weights[i], slot.Shape, types[slot.Name])));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Converts the float16 weights again from the set's current contents.</summary>
    public void Refresh()
    {
        foreach ((Memory<float> source, Half[] target) in _halves)
        {
            TensorPrimitives.ConvertToHalf(source.Span, target);
        }
    }

    /// <summary>Feeds all weights.</summary>
    /// <param name="binding">The session's binding.</param>
    public void BindTo(OrtBinding binding)
    {
        foreach ((string name, OrtTensor tensor) in _tensors)
        {
            binding.BindInput(name, tensor);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _tensors.ForEach(each => each.Tensor.Dispose());

    private OrtTensor Wrap(OnnxRuntimeLibrary library, Memory<float> memory, IReadOnlyList<long> shape, OrtElementType type)
    {
        if (type == OrtElementType.Float)
        {
            return library.CreateTensor(memory, [.. shape]);
        }

        Half[] half = GC.AllocateUninitializedArray<Half>(memory.Length, pinned: true);
        _halves.Add((memory, half));
        return library.CreateTensor<Half>(half, [.. shape]);
    }
}
