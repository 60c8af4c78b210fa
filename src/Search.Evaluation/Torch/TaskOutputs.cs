using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>What a model gave for some of a task's examples, and what it is compared with.</summary>
internal sealed class TaskOutputs : IDisposable
{
    /// <summary>The logits; the last axis is the classes, all others are rows.</summary>
    public required TorchTensor Logits { get; init; }

    /// <summary>The values of the nodes asked for; first axis = examples.</summary>
    public required IReadOnlyList<TorchTensor> Features { get; init; }

    /// <summary>How many examples.</summary>
    public required int Examples { get; init; }

    /// <summary>One class a row, or null.</summary>
    public TorchTensor? Labels { get; init; }

    /// <summary>One token a row, or null.</summary>
    public TorchTensor? Tokens { get; init; }

    /// <summary>The expert's logits, or null.</summary>
    public TorchTensor? ExpertLogits { get; init; }

    /// <summary>The expert's values of the nodes, where they are needed.</summary>
    public IReadOnlyList<TorchTensor> ExpertFeatures { get; init; } = [];

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (TorchTensor? tensor in Features.Concat(ExpertFeatures).Append(Logits).Append(Labels).Append(Tokens).Append(ExpertLogits))
        {
            tensor?.Dispose();
        }
    }
}
