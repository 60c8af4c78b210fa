namespace Search.Merging;

/// <summary>One model's float32 weights in memory. Buffers are pinned and never move, so an engine can bind them without a copy.</summary>
public sealed class WeightSet
{
    private readonly float[][] _tensors;

    /// <summary>Allocates uninitialised weights.</summary>
    /// <param name="layout">The tensors to hold.</param>
    public WeightSet(WeightLayout layout)
    {
        Layout = layout;
        _tensors = [.. layout.Tensors.Select(tensor => GC.AllocateUninitializedArray<float>(checked((int)tensor.ElementCount), pinned: true))];
    }

    /// <summary>The tensors held.</summary>
    public WeightLayout Layout { get; }

    /// <summary>One tensor's elements, row-major.</summary>
    /// <param name="index">The tensor's index in <see cref="WeightLayout.Tensors"/>.</param>
    public Memory<float> this[int index] => _tensors[index];
}
