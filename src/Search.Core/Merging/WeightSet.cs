namespace Search.Merging;

/// <summary>
/// One model's float32 weights in memory: tensors are views of one arena (of several, where one array cannot be large enough), which is
/// pinned and never moves, so an engine can bind them once and for all without a copy.
/// </summary>
public sealed class WeightSet
{
    private const int Alignment = 16; // floats: a cache line, so that no two tensors share one

    private readonly Memory<float>[] _tensors;

    /// <summary>Allocates uninitialised weights.</summary>
    /// <param name="layout">The tensors to hold; none has more than <see cref="Array.MaxLength"/> elements.</param>
    public WeightSet(WeightLayout layout)
    {
        Layout = layout;
        _tensors = new Memory<float>[layout.Tensors.Count];
        int first = 0;
        while (first < _tensors.Length)
        {
            int end = first;
            long length = 0;
            for (; end < _tensors.Length && length + Padded(end) <= Array.MaxLength; end++)
            {
                length += Padded(end);
            }

            end = Math.Max(end, first + 1); // a tensor that fills an array alone goes without padding
            float[] arena = GC.AllocateUninitializedArray<float>(checked((int)Math.Max(length, layout.Tensors[first].ElementCount)), pinned: true);
            int start = 0;
            for (; first < end; first++)
            {
                int elements = checked((int)layout.Tensors[first].ElementCount);
                _tensors[first] = arena.AsMemory(start, elements);
                start += elements + ((Alignment - (elements % Alignment)) % Alignment);
            }
        }

        long Padded(int tensor) => (layout.Tensors[tensor].ElementCount + Alignment - 1) / Alignment * Alignment;
    }

    /// <summary>The tensors held.</summary>
    public WeightLayout Layout { get; }

    /// <summary>One tensor's elements, row-major.</summary>
    /// <param name="index">The tensor's index in <see cref="WeightLayout.Tensors"/>.</param>
    public Memory<float> this[int index] => _tensors[index];
}
