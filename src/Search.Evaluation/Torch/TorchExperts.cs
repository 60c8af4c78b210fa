using Search.Checkpoints;
using Search.Merging;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>The experts' outputs on the device: logits, unless no score looks at them, then features, of all of a task's examples.</summary>
/// <param name="options">The tasks and what is scored.</param>
/// <param name="layout">The merged weights' names and shapes.</param>
/// <param name="places">The graph's places for them.</param>
/// <param name="examples">The tasks' data.</param>
/// <param name="forward">The forward passes.</param>
/// <param name="device">Where to compute.</param>
internal sealed class TorchExperts(
    EvaluatorOptions options, WeightLayout layout, IReadOnlyList<WeightBinding> places, ExamplePasses examples, TorchForward forward, string device)
    : ExpertRuns<TorchWeights, TorchTensor?[]>(options, layout, examples), IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        foreach (TorchTensor? output in Kept.SelectMany(outputs => outputs))
        {
            output?.Dispose();
        }
    }

    /// <inheritdoc />
    protected override TorchWeights Feed(WeightSet weights) => new(weights, device);

    /// <inheritdoc />
    protected override TorchTensor?[]? Run(TorchWeights feed, Checkpoint expert, int task, DataRole role, CancellationToken cancellationToken)
    {
        using var bound = new BoundWeights(feed.Values, places);
        TorchTensor[] privates = forward.ReadPrivates(expert);
        List<TorchTensor?[]> given = [];
        try
        {
            foreach (List<ExampleSegment> pass in Examples.Of(role, null, other => other == task))
            {
                cancellationToken.ThrowIfCancellationRequested();
                given.Add(forward.Run(bound.Places, pass, (_, outputs) => Wanted(outputs), privates)[0]);
            }

            return given.SelectMany(outputs => outputs).OfType<TorchTensor>().All(IsFinite)
                ? [.. Enumerable.Range(0, given[0].Length).Select(output => given[0][output] is null ? null : TorchLibrary.Call("cat", given.Select(outputs => outputs[output]!).ToArray()))]
                : null;
        }
        finally
        {
            given.ForEach(outputs => Array.ForEach(outputs, output => output?.Dispose()));
            Array.ForEach(privates, tensor => tensor.Dispose());
        }
    }

    private TorchTensor?[] Wanted(TorchTensor[] outputs)
    {
        if (ComparesLogits)
        {
            return outputs;
        }

        outputs[0].Dispose();
        return [null, .. outputs[1..]];
    }

    private static bool IsFinite(TorchTensor tensor)
    {
        using TorchTensor finite = TorchLibrary.Call("isfinite", tensor);
        using TorchTensor all = TorchLibrary.Call("all", finite);
        return TorchLibrary.Number(all) != 0;
    }
}
