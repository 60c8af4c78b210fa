using Search.Merging;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>What each task's own expert gives for the task's data, for scores that compare with it.</summary>
/// <param name="options">The tasks and what is scored.</param>
/// <param name="layout">The merged weights' names and shapes.</param>
/// <param name="places">The graph's places for them.</param>
/// <param name="forward">The forward passes.</param>
/// <param name="device">Where to compute.</param>
internal sealed class TorchExperts(EvaluatorOptions options, WeightLayout layout, IReadOnlyList<WeightBinding> places, TorchForward forward, string device) : IDisposable
{
    private readonly Dictionary<(int Task, DataRole Role), TorchTensor[]> _outputs = []; // logits, then features, of all examples

    /// <summary>What the expert gave for a task's data: logits, then features; null where no score compares with it.</summary>
    /// <param name="segment">Some of the task's examples.</param>
    public TorchTensor[]? Of(ExampleSegment segment) => _outputs.GetValueOrDefault((segment.Task, segment.Role));

    /// <summary>Runs the experts of a role's tasks, once: it takes a model's memory for the time, and what they give for good.</summary>
    /// <param name="role">The role of the data.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <exception cref="EvaluationException">An expert gives values that are not finite.</exception>
    public void Run(DataRole role, CancellationToken cancellationToken)
    {
        int[] tasks = [.. Enumerable.Range(0, options.Tasks.Count).Where(task => forward.Has(task, role) && !_outputs.ContainsKey((task, role)))];
        if (tasks.Length == 0 || !options.Scores.Any(score => score.NeedsExpert))
        {
            return;
        }

        var weights = new WeightSet(layout);
        using var tensors = new TorchWeights(weights, device);
        foreach (int task in tasks)
        {
            EvaluatorTask known = options.Tasks[task];
            ExpertWeights.Read(known, weights);
            tensors.Refresh();
            using var bound = new BoundWeights(tensors.Values, places);
            TorchTensor[] privates = forward.ReadPrivates(known.Expert);
            List<TorchTensor[]> given = [];
            try
            {
                foreach (List<ExampleSegment> pass in forward.Passes(role, null, task))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    given.Add(forward.Run(bound.Places, pass, (_, outputs) => outputs, privates)[0]);
                }

                foreach (TorchTensor output in given.SelectMany(outputs => outputs))
                {
                    using TorchTensor finite = TorchLibrary.Call("isfinite", output);
                    using TorchTensor all = TorchLibrary.Call("all", finite);
                    if (TorchLibrary.Number(all) == 0)
                    {
                        throw new EvaluationException($"Task '{known.Name}': its expert, {known.Expert.Path}, gives values that are not finite, so nothing can be compared with it.");
                    }
                }

                _outputs.Add((task, role), [.. Enumerable.Range(0, given[0].Length).Select(output => TorchLibrary.Call("cat", given.Select(outputs => outputs[output]).ToArray()))]);
            }
            finally
            {
                given.ForEach(outputs => Array.ForEach(outputs, output => output.Dispose()));
                Array.ForEach(privates, tensor => tensor.Dispose());
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (TorchTensor[] outputs in _outputs.Values)
        {
            Array.ForEach(outputs, output => output.Dispose());
        }
    }
}
