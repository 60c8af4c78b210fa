using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>One task's data of one role on the device: the header is checked at once, the data is read at first use and kept.</summary>
/// <param name="file">The file, owned from here on; all its examples are one batch.</param>
/// <param name="device">Where the tensors shall be.</param>
internal sealed class TorchBatches(BatchSet file, string device) : IDisposable
{
    private readonly List<TorchTensor> _inputs = [];
    private TorchTensor? _tokens;

    /// <summary>How many examples there are.</summary>
    public int Examples => file.Examples;

    /// <summary>One class a row of logits on the device, or null when unknown or before <see cref="Load"/>.</summary>
    public TorchTensor? Labels { get; private set; }

    /// <summary>One tensor a data input, all examples.</summary>
    /// <returns>The tensors; this object owns them.</returns>
    /// <exception cref="SearchException">The data cannot be read.</exception>
    public IReadOnlyList<TorchTensor> Load()
    {
        if (_inputs.Count > 0)
        {
            return _inputs;
        }

        try
        {
            Batch batch = file.Load().Single();
            foreach (BatchTensor input in batch.Inputs)
            {
                _inputs.Add(TorchData.Moved(device, TorchData.Wrap(input.Values, input.Shape)));
            }

            if (batch.Labels.Length > 0)
            {
                Labels = TorchData.Moved(device, TorchData.Of(Array.ConvertAll(batch.Labels, label => (long)label)));
            }
        }
        catch (IOException exception)
        {
            throw new SearchException($"{file.Path}: the batches cannot be read: {exception.Message}", exception);
        }

        file.Dispose();
        return _inputs;
    }

    /// <summary>An integer input as int64: one token a row.</summary>
    /// <param name="input">The input's index.</param>
    public TorchTensor Tokens(int input) => _tokens ??= TorchLibrary.Call("to.dtype", Load()[input], TorchType.Int64);

    /// <inheritdoc />
    public void Dispose()
    {
        _inputs.ForEach(input => input.Dispose());
        Labels?.Dispose();
        _tokens?.Dispose();
        file.Dispose();
    }
}
