using System.Numerics.Tensors;
using Search.Checkpoints;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>The experts' outputs, by the first example of each segment that the passes of the task's data have.</summary>
/// <param name="library">The library.</param>
/// <param name="options">The tasks and what is scored.</param>
/// <param name="layout">The merged weights' names and shapes.</param>
/// <param name="places">The graph's places for them.</param>
/// <param name="examples">The tasks' data.</param>
/// <param name="forward">The forward passes.</param>
internal sealed class OrtExperts(
    OnnxRuntimeLibrary library, EvaluatorOptions options, WeightLayout layout, IReadOnlyList<WeightBinding> places, ExamplePasses examples, OrtForward forward)
    : ExpertRuns<WeightFeed, Dictionary<int, ExpertOutputs>>(options, layout, examples)
{
    private readonly Dictionary<ExampleSegment, ExpertOutputs> _rows = new(ReferenceEqualityComparer.Instance);

    /// <summary>What the expert gave for a segment's examples; null where no score compares with it.</summary>
    /// <param name="segment">A segment of loaded data.</param>
    public ExpertOutputs? Rows(ExampleSegment segment)
    {
        if (Of(segment) is not { } outputs)
        {
            return null;
        }

        if (segment.Drawn is not { } drawn)
        {
            return outputs[segment.First];
        }

        if (!_rows.TryGetValue(segment, out ExpertOutputs? rows))
        {
            ExpertOutputs[] all = [.. outputs.OrderBy(each => each.Key).Select(each => each.Value)];
            int examples = Examples.Files[(segment.Task, segment.Role)].Examples;
            float[] Chosen(IEnumerable<float[]> parts)
            {
                float[] whole = [.. parts.SelectMany(part => part)];
                int size = whole.Length / examples;
                return [.. drawn.Skip(segment.First).Take(segment.Count).SelectMany(example => new ArraySegment<float>(whole, (int)example * size, size))];
            }

            rows = new ExpertOutputs(Chosen(all.Select(part => part.Logits)), [.. all[0].Features.Select((_, i) => Chosen(all.Select(part => part.Features[i])))]);
            _rows.Add(segment, rows);
        }

        return rows;
    }

    /// <inheritdoc />
    protected override WeightFeed Feed(WeightSet weights) => new(library, weights, places);

    /// <inheritdoc />
    protected override Dictionary<int, ExpertOutputs>? Run(WeightFeed feed, Checkpoint expert, int task, DataRole role, CancellationToken cancellationToken)
    {
        Dictionary<int, ExpertOutputs> kept = [];
        forward.Use(feed);
        using PrivateFeed privates = forward.ReadPrivates(expert);
        foreach ((PassFeed pass, PassSegment part) in forward.Load(role).SelectMany(pass => pass.Segments.Where(part => part.Segment.Task == task).Select(part => (pass, part))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using PassFeed only = pass.Only(part);
            forward.Run(only, (_, outputs) => kept.Add(part.Segment.First, Copy(outputs)), privates);
        }

        return kept.Values.SelectMany(outputs => outputs.Features.Prepend(outputs.Logits)).All(values => TensorPrimitives.IsFiniteAll<float>(values)) ? kept : null;
    }

    private ExpertOutputs Copy(OrtTensor[] outputs) =>
        new(ComparesLogits ? OrtTensors.Floats(outputs[0]).ToArray() : [], [.. outputs.Skip(1).Select(feature => OrtTensors.Floats(feature).ToArray())]);
}
