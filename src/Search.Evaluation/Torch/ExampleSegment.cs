using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Some of a task's examples: a stretch of its data, or of those drawn.</summary>
/// <param name="Task">The task's index.</param>
/// <param name="Role">The role of its data.</param>
/// <param name="Batches">The data.</param>
/// <param name="First">Where the stretch begins.</param>
/// <param name="Count">How many examples it has.</param>
/// <param name="Drawn">The examples drawn, or null where all are used.</param>
internal sealed record ExampleSegment(int Task, DataRole Role, TorchBatches Batches, int First, int Count, long[]? Drawn)
{
    /// <summary>These examples' rows of what there is for all of the task's. Several rows may belong to an example: then they follow one another.</summary>
    /// <param name="all">A tensor whose first axis is the task's examples, or null.</param>
    /// <returns>The rows, which the caller disposes, or null.</returns>
    public TorchTensor? Rows(TorchTensor? all)
    {
        if (all is null)
        {
            return null;
        }

        long each = all.Sizes[0] / Batches.Examples;
        if (Drawn is null)
        {
            return TorchLibrary.Call("narrow", all, 0L, First * each, Count * each);
        }

        using TorchTensor host = TorchData.Of([.. Drawn.Skip(First).Take(Count).SelectMany(row => Enumerable.Range(0, (int)each).Select(i => (row * each) + i))]);
        using TorchTensor rows = TorchData.OnDeviceOf(all, host);
        return TorchLibrary.Call("index_select", all, 0L, rows);
    }
}
