using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>One batch, ready to be fed.</summary>
internal sealed class BatchFeed : IDisposable
{
    private readonly List<(string Name, OrtTensor Tensor)> _inputs = [];
    private readonly Batch _batch;
    private int[]? _tokens;

    /// <summary>Wraps a batch.</summary>
    /// <param name="library">The library.</param>
    /// <param name="batch">The batch; its memory is pinned while this lives.</param>
    public BatchFeed(OnnxRuntimeLibrary library, Batch batch)
    {
        _batch = batch;
        Labels = batch.Labels;
        Examples = batch.Examples;
        try
        {
            foreach (BatchTensor input in batch.Inputs)
            {
                _inputs.Add((input.Name, OrtTensors.Wrap(library, input.Values, input.Shape)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>One class a row of logits, or empty when unknown.</summary>
    public int[] Labels { get; }

    /// <summary>How many examples the batch has.</summary>
    public int Examples { get; }

    /// <summary>An integer input's values.</summary>
    /// <param name="input">The input; the same in every call.</param>
    public int[] Tokens(string input) => _tokens ??= _batch.Inputs.First(each => each.Name == input).Values switch
    {
        long[] values => Array.ConvertAll(values, value => value is >= 0 and <= int.MaxValue ? (int)value : -1), // −1 is no token, and refused as such
        int[] values => values,
        Array values => [.. values.Cast<IConvertible>().Select(value => value.ToInt32(null))],
    };

    /// <summary>Feeds the inputs.</summary>
    /// <param name="binding">The session's binding.</param>
    public void BindTo(OrtBinding binding)
    {
        foreach ((string name, OrtTensor tensor) in _inputs)
        {
            binding.BindInput(name, tensor);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _inputs.ForEach(each => each.Tensor.Dispose());
}
