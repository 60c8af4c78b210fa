using Search.Checkpoints;
using Search.Merging;

namespace Search.Evaluation;

/// <summary>An expert's own weights, as the model that scores compare with.</summary>
internal static class ExpertWeights
{
    /// <summary>Reads them.</summary>
    /// <param name="task">The task whose expert it is.</param>
    /// <param name="weights">Filled whole.</param>
    /// <exception cref="SearchException">The expert lacks a tensor, or has it in another shape.</exception>
    public static void Read(EvaluatorTask task, WeightSet weights)
    {
        foreach ((int index, WeightSlot slot) in weights.Layout.Tensors.Index())
        {
            TensorInfo? tensor = task.Expert.Find(slot.Name);
            if (tensor?.Shape.SequenceEqual(slot.Shape) != true)
            {
                throw new SearchException($"{task.Expert.Path}: the expert of task '{task.Name}' is to be compared with, and has no tensor '{slot.Name}' of the shape [{string.Join(", ", slot.Shape)}].");
            }

            TensorReader.ReadFloats(task.Expert, tensor, 0, (int)slot.ElementCount, null).CopyTo(weights[index]);
        }
    }
}
