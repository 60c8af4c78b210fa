using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>
/// Weights as a session's inputs. Those that the graph takes as they lie are their own memory; of the others there are copies, which
/// <see cref="Refresh"/> brings up to date.
/// </summary>
internal sealed class WeightFeed : IWeightFeed
{
    private const int StripElements = 1 << 16; // worth a thread's while

    private readonly List<FedWeight> _weights = [];
    private readonly (FedWeight Weight, int First, int End)[] _strips = [];

    /// <summary>Wraps a weight set.</summary>
    /// <param name="library">The library.</param>
    /// <param name="weights">The weights; their memory is pinned while this lives.</param>
    /// <param name="bindings">Their places in the graph.</param>
    public WeightFeed(OnnxRuntimeLibrary library, WeightSet weights, IReadOnlyList<WeightBinding> bindings)
        : this(library, bindings, binding => (weights[binding.Index], weights.Layout.Tensors[binding.Index].Shape))
    {
    }

    /// <summary>Wraps weights from anywhere.</summary>
    /// <param name="library">The library.</param>
    /// <param name="bindings">Their places in the graph.</param>
    /// <param name="source">Elements and shape of the weight at a place.</param>
    public WeightFeed(OnnxRuntimeLibrary library, IReadOnlyList<WeightBinding> bindings, Func<WeightBinding, (Memory<float> Elements, IReadOnlyList<long> Shape)> source)
    {
        try
        {
            foreach (WeightBinding binding in bindings)
            {
                (Memory<float> elements, IReadOnlyList<long> shape) = source(binding);
                _weights.Add(new FedWeight(library, binding, elements, shape));
            }

            _strips = [.. _weights.SelectMany(Strips)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What feeds an input.</summary>
    /// <param name="input">The input's name.</param>
    public OrtTensor this[string input] => _weights.Single(weight => weight.Input == input).Tensor;

    /// <summary>Makes the copies again from the weights' current contents.</summary>
    public void Refresh()
    {
        if (_strips.Length > 0)
        {
            Parallel.ForEach(_strips, strip => strip.Weight.Refresh(strip.First, strip.End));
        }
    }

    /// <summary>Feeds all weights.</summary>
    /// <param name="session">The session; weights that it does not read are passed over.</param>
    public void BindTo(OrtPart session)
    {
        foreach (FedWeight weight in _weights)
        {
            session.Bind(weight.Input, weight.Tensor);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _weights.ForEach(weight => weight.Dispose());

    private static IEnumerable<(FedWeight Weight, int First, int End)> Strips(FedWeight weight)
    {
        int step = Math.Max(1, StripElements / Math.Max(1, weight.Columns));
        for (int first = 0; first < weight.Rows; first += step)
        {
            yield return (weight, first, Math.Min(weight.Rows, first + step));
        }
    }
}
