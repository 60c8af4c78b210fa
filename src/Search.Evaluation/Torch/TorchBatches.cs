using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>One task's data of one role on the device: the header is checked at once, the data is read at first use and kept.</summary>
/// <param name="file">The file, owned from here on; all its examples are one batch.</param>
/// <param name="device">Where the tensors shall be.</param>
internal sealed class TorchBatches(BatchSet file, string device) : IDisposable
{
    private readonly List<TorchTensor> _inputs = [];
    private TorchTensor? _tokens;

    /// <summary>How many examples a pass must have, or null where the graph leaves it open.</summary>
    public int? FixedSize => file.FixedSize;

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
            IReadOnlyList<Batch> batches = file.Load();
            for (int input = 0; input < batches[0].Inputs.Count; input++)
            {
                _inputs.Add(TorchData.Moved(device, Joined([.. batches.Select(batch => TorchData.Wrap(batch.Inputs[input].Values, batch.Inputs[input].Shape))])));
            }

            long[] labels = [.. batches.SelectMany(batch => batch.Labels).Select(label => (long)label)];
            Labels = labels.Length > 0 ? TorchData.Moved(device, TorchData.Of(labels)) : null;
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

    private static TorchTensor Joined(TorchTensor[] parts)
    {
        if (parts is [{ } only])
        {
            return only;
        }

        TorchTensor all = TorchLibrary.Call("cat", parts);
        Array.ForEach(parts, part => part.Dispose());
        return all;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _inputs.ForEach(input => input.Dispose());
        Labels?.Dispose();
        _tokens?.Dispose();
        file.Dispose();
    }
}
