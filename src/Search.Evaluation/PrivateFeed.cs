using Search.Checkpoints;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>One task's private tensors, read from its expert and ready to be fed.</summary>
internal sealed class PrivateFeed : IDisposable
{
    private readonly WeightFeed _feed;

    /// <summary>Reads a task's private tensors.</summary>
    /// <param name="library">The library.</param>
    /// <param name="source">The checkpoint to read; it has all the tensors.</param>
    /// <param name="bindings">Their places in the graph.</param>
    public PrivateFeed(OnnxRuntimeLibrary library, Checkpoint source, IReadOnlyList<WeightBinding> bindings)
    {
        _feed = new WeightFeed(library, bindings, binding =>
        {
            TensorInfo tensor = source.Find(binding.Tensor)!;
            return (TensorReader.ReadFloats(source, tensor, 0, checked((int)tensor.ElementCount), null), tensor.Shape);
        });
        _feed.Refresh();
    }

    /// <summary>Finds the private tensors in every task's expert.</summary>
    /// <param name="names">The tensors' names.</param>
    /// <param name="tasks">The tasks.</param>
    /// <returns>Their shapes, by task.</returns>
    /// <exception cref="SearchException">An expert lacks one, holds no floats in it, or the ranks differ; all defects are listed.</exception>
    public static IReadOnlyList<PrivateTensor> Describe(IReadOnlyList<string> names, IReadOnlyList<EvaluatorTask> tasks)
    {
        List<string> defects = [];
        List<PrivateTensor> tensors = [];
        foreach (string name in names)
        {
            List<IReadOnlyList<long>> shapes = [];
            foreach (EvaluatorTask task in tasks)
            {
                Checkpoint source = task.Private ?? task.Expert;
                if (source.Find(name) is not TensorInfo tensor)
                {
                    defects.Add($"'{name}': {source.Path}, the expert of task '{task.Name}', has no such tensor{NearestName.Hint(name, source.Tensors.Select(each => each.Name))}");
                }
                else if (!tensor.IsFloat)
                {
                    defects.Add($"'{name}': {source.Path}, the expert of task '{task.Name}', holds {tensor.Type} in it; private tensors are floating-point");
                }
                else if (shapes.Count > 0 && shapes[0].Count != tensor.Shape.Count)
                {
                    defects.Add($"'{name}': {source.Path}, the expert of task '{task.Name}', has the shape {tensor.ShapeText}, another rank than [{string.Join(", ", shapes[0])}] in the task before");
                }
                else
                {
                    shapes.Add(tensor.Shape);
                }
            }

            tensors.Add(new PrivateTensor(name, shapes));
        }

        return defects.Count == 0
            ? tensors
            : throw new SearchException($"{defects.Count} private tensors do not fit:{string.Concat(defects.Select(defect => $"{Environment.NewLine}  {defect}"))}");
    }

    /// <summary>Feeds the tensors.</summary>
    /// <param name="session">The session.</param>
    public void BindTo(OrtPart session) => _feed.BindTo(session);

    /// <inheritdoc />
    public void Dispose() => _feed.Dispose();
}
