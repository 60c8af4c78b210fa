using System.Numerics.Tensors;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>
/// A weight as a session's input. Where the graph has the checkpoint's layout in float32 it is the weight's own memory, otherwise a copy,
/// turned over or rounded, that <see cref="Refresh"/> brings up to date.
/// </summary>
internal sealed class FedWeight : IDisposable
{
    private readonly WeightBinding _binding;
    private readonly Memory<float> _source;
    private readonly int _rows; // in the graph
    private readonly int _columns;
    private readonly float[]? _floats;
    private readonly Half[]? _halves;

    /// <summary>Wraps a weight.</summary>
    /// <param name="library">The library.</param>
    /// <param name="binding">Its place in the graph.</param>
    /// <param name="source">The checkpoint's or the merge's elements; pinned while this lives.</param>
    /// <param name="shape">Their shape.</param>
    public FedWeight(OnnxRuntimeLibrary library, WeightBinding binding, Memory<float> source, IReadOnlyList<long> shape)
    {
        _binding = binding;
        _source = source;
        long[] fed = [.. binding.Transposed ? shape.Reverse() : shape];
        _rows = fed.Length == 0 ? 1 : (int)fed[0];
        _columns = _rows == 0 ? 0 : source.Length / _rows;
        if (binding.Type == OrtElementType.Float16)
        {
            _halves = GC.AllocateUninitializedArray<Half>(source.Length, pinned: true);
            Tensor = library.CreateTensor<Half>(_halves, fed);
        }
        else if (binding.Transposed)
        {
            _floats = GC.AllocateUninitializedArray<float>(source.Length, pinned: true);
            Tensor = library.CreateTensor<float>(_floats, fed);
        }
        else
        {
            Tensor = library.CreateTensor(source, fed);
        }
    }

    /// <summary>The input's name.</summary>
    public string Input => _binding.Input;

    /// <summary>What feeds it.</summary>
    public OrtTensor Tensor { get; }

    /// <summary>How many rows <see cref="Refresh"/> can bring up to date on their own; 0 when there is no copy.</summary>
    public int Rows => _floats is null && _halves is null ? 0 : _rows;

    /// <summary>The elements of a row.</summary>
    public int Columns => _columns;

    /// <summary>Copies rows again from the weight's current contents; other rows may be copied at the same time.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row after the last.</param>
    public void Refresh(int first, int end)
    {
        if (_binding.Transposed && _halves is not null)
        {
            MatrixTranspose.Copy<Half>(_source.Span, _columns, _rows, first, end, _halves);
        }
        else if (_binding.Transposed)
        {
            MatrixTranspose.Copy<float>(_source.Span, _columns, _rows, first, end, _floats);
        }
        else
        {
            TensorPrimitives.ConvertToHalf(_source.Span[(first * _columns)..(end * _columns)], _halves.AsSpan()[(first * _columns)..]);
        }
    }

    /// <inheritdoc />
    public void Dispose() => Tensor.Dispose();
}
