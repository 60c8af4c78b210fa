using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>One task's data of one role on the device: read at first use and kept.</summary>
/// <param name="file">The file, closed once it was read; all its examples are one batch.</param>
/// <param name="device">Where the tensors shall be.</param>
internal sealed class TorchBatches(BatchSet file, string device) : IDisposable
{
    private readonly List<TorchTensor> _inputs = [];
    private TorchTensor? _tokens;

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

        IReadOnlyList<Batch> batches = file.Load();
        for (int input = 0; input < batches[0].Inputs.Count; input++)
        {
            _inputs.Add(TorchData.Moved(device, Joined([.. batches.Select(batch => TorchData.Wrap(batch.Inputs[input].Values, batch.Inputs[input].Shape))])));
        }

        long[] labels = [.. batches.SelectMany(batch => batch.Labels).Select(label => (long)label)];
        Labels = labels.Length > 0 ? TorchData.Moved(device, TorchData.Of(labels)) : null;
        file.Dispose();
        return _inputs;
    }

    /// <summary>An integer input as int64: one token a row.</summary>
    /// <param name="input">The input's index.</param>
    public TorchTensor Tokens(int input) => _tokens ??= TorchLibrary.Call("to.dtype", Load()[input], TorchType.Int64);

    /// <summary>A segment's rows of what there is for all of the task's examples. Several rows may belong to an example: then they follow one another.</summary>
    /// <param name="segment">Some of the task's examples.</param>
    /// <param name="all">A tensor whose first axis is the task's examples, or null.</param>
    /// <returns>The rows, which the caller disposes, or null.</returns>
    public TorchTensor? Rows(ExampleSegment segment, TorchTensor? all)
    {
        if (all is null)
        {
            return null;
        }

        long each = all.Sizes[0] / file.Examples;
        if (segment.Drawn is null)
        {
            return TorchLibrary.Call("narrow", all, 0L, segment.First * each, segment.Count * each);
        }

        using TorchTensor host = TorchData.Of([.. segment.Drawn.Skip(segment.First).Take(segment.Count).SelectMany(row => Enumerable.Range(0, (int)each).Select(i => (row * each) + i))]);
        using TorchTensor rows = TorchData.OnDeviceOf(all, host);
        return TorchLibrary.Call("index_select", all, 0L, rows);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _inputs.ForEach(input => input.Dispose());
        Labels?.Dispose();
        _tokens?.Dispose();
    }

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
}
