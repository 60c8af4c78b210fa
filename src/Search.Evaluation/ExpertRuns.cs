using Search.Checkpoints;
using Search.Merging;

namespace Search.Evaluation;

/// <summary>What each task's own expert gives for the task's data, for scores that compare with it.</summary>
/// <typeparam name="TFeed">Weights as the engine takes them.</typeparam>
/// <typeparam name="TOutputs">What the engine keeps of a task's outputs.</typeparam>
/// <param name="options">The tasks and what is scored.</param>
/// <param name="layout">The merged weights' names and shapes.</param>
/// <param name="examples">The tasks' data.</param>
internal abstract class ExpertRuns<TFeed, TOutputs>(EvaluatorOptions options, WeightLayout layout, ExamplePasses examples)
    where TFeed : IWeightFeed
    where TOutputs : class
{
    private readonly Dictionary<(int Task, DataRole Role), TOutputs> _outputs = [];

    /// <summary>Everything kept.</summary>
    protected IEnumerable<TOutputs> Kept => _outputs.Values;

    /// <summary>The tasks' data.</summary>
    protected ExamplePasses Examples { get; } = examples;

    /// <summary>Whether a score looks at the expert's logits.</summary>
    protected bool ComparesLogits { get; } = options.Scores.Any(score => score is { NeedsExpert: true, IsFeature: false });

    /// <summary>What the expert gave for a task's data; null where no score compares with it.</summary>
    /// <param name="segment">Some of the task's examples.</param>
    public TOutputs? Of(ExampleSegment segment) => _outputs.GetValueOrDefault((segment.Task, segment.Role));

    /// <summary>Runs the experts of a role's tasks, once: it takes a model's memory for the time, and what they give for good.</summary>
    /// <param name="role">The role of the data.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <exception cref="EvaluationException">An expert gives values that are not finite.</exception>
    public void Run(DataRole role, CancellationToken cancellationToken)
    {
        int[] tasks = [.. Enumerable.Range(0, options.Tasks.Count).Where(task => Examples.Files.ContainsKey((task, role)) && !_outputs.ContainsKey((task, role)))];
        if (tasks.Length == 0 || !options.Scores.Any(score => score.NeedsExpert))
        {
            return;
        }

        var weights = new WeightSet(layout);
        using TFeed feed = Feed(weights);
        foreach (int task in tasks)
        {
            EvaluatorTask known = options.Tasks[task];
            ExpertWeights.Read(known, weights);
            feed.Refresh();
            _outputs.Add((task, role), Run(feed, known.Expert, task, role, cancellationToken)
                ?? throw new EvaluationException($"Task '{known.Name}': its expert, {known.Expert.Path}, gives values that are not finite, so nothing can be compared with it."));
        }
    }

    /// <summary>Wraps weights.</summary>
    /// <param name="weights">The weights.</param>
    /// <returns>The feed; the caller disposes it.</returns>
    protected abstract TFeed Feed(WeightSet weights);

    /// <summary>Runs one expert on its task's data.</summary>
    /// <param name="feed">The expert's weights.</param>
    /// <param name="expert">The expert, which brings the task-specific tensors.</param>
    /// <param name="task">The task's index.</param>
    /// <param name="role">The role of the data.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>What to keep, or null when some of it is not finite.</returns>
    protected abstract TOutputs? Run(TFeed feed, Checkpoint expert, int task, DataRole role, CancellationToken cancellationToken);
}
