using Search.Evaluation.Torch;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>A case with the tensors of one of its data sets.</summary>
/// <param name="graph">The graph.</param>
/// <param name="constants">What the graph holds and what its nodes read as numbers.</param>
/// <param name="inputs">What it is given.</param>
/// <param name="expected">What it must give.</param>
internal sealed class ConformanceRun(
    TorchGraph graph, IReadOnlyCollection<TorchTensor> constants, IReadOnlyList<TorchTensor> inputs, IReadOnlyList<TorchTensor> expected) : IDisposable
{
    /// <summary>The graph.</summary>
    public TorchGraph Graph => graph;

    /// <summary>What it is given.</summary>
    public IReadOnlyList<TorchTensor> Inputs => inputs;

    /// <summary>What it must give.</summary>
    public IReadOnlyList<TorchTensor> Expected => expected;

    /// <inheritdoc />
    public void Dispose()
    {
        graph.Dispose();
        foreach (TorchTensor tensor in constants.Concat(inputs).Concat(expected))
        {
            tensor.Dispose();
        }
    }
}
