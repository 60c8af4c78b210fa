using System.Diagnostics;
using System.Globalization;
using Search.Controller.Racing;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Strategies;

namespace Search.Controller;

/// <summary>Merges candidates, several a pass, and scores them one by one. A candidate that cannot be merged or scored becomes a failed trial.</summary>
public sealed class CandidateScorer
{
    private readonly Merger _merger;
    private readonly MergeSpace _space;
    private readonly IEvaluator _evaluator;
    private readonly IReadOnlyList<Objective> _objectives;
    private readonly IReadOnlyList<double> _initial;
    private readonly CollapseGuard _guard;
    private readonly TimeProvider _clock;
    private readonly int _pass;
    private readonly WeightSet[] _buffers; // none where the evaluator merges, or has candidates merged for it
    private readonly long _bytes;
    private readonly List<MergeGradient> _gradients = []; // by value

    /// <summary>Allocates the buffers that candidates are merged into.</summary>
    /// <param name="merger">Makes the weights.</param>
    /// <param name="space">What coefficients mean, for derivatives by them.</param>
    /// <param name="evaluator">Scores them.</param>
    /// <param name="objectives">What the scores become.</param>
    /// <param name="initial">Where the search starts, one value a coefficient.</param>
    /// <param name="guard">Flags candidates that predict nearly the same for all of a task's search batches.</param>
    /// <param name="pass">How many candidates to merge in one pass; each costs a model's memory.</param>
    /// <param name="clock">Tells when evaluations began.</param>
    public CandidateScorer(
        Merger merger, MergeSpace space, IEvaluator evaluator, IReadOnlyList<Objective> objectives, IReadOnlyList<double> initial, CollapseGuard guard, int pass, TimeProvider clock)
    {
        _merger = merger;
        _space = space;
        WeightLayout layout = merger.Layout;
        _evaluator = evaluator;
        _objectives = objectives;
        _initial = initial;
        _guard = guard;
        _clock = clock;
        _bytes = layout.ElementCount * sizeof(float);
        _pass = (evaluator as ICandidateEvaluator)?.AtOnce ?? pass;
        _buffers = evaluator is IMergingEvaluator or ICandidateEvaluator ? [] : [.. Enumerable.Range(0, pass).Select(_ => new WeightSet(layout))];
    }

    /// <summary>Scores candidates in order; each result is handed out as soon as it is there.</summary>
    /// <param name="requests">What to score.</param>
    /// <param name="cancellationToken">Stops between batches of a candidate; what was handed out stays.</param>
    /// <returns>The trials, complete or failed.</returns>
    public IEnumerable<Trial> Score(IReadOnlyList<ScoreRequest> requests, CancellationToken cancellationToken)
    {
        Trial trial = null!;
        List<(TaskMerge Model, EvaluationResult Result)> scored = []; // the models of the candidate under way
        foreach ((ScoreRequest Request, TaskMerge Model)[] pass in requests.SelectMany(request => request.Models.Select(model => (request, model))).Chunk(_pass))
        {
            var failures = new Dictionary<int, string>();
            var weights = new List<MergeWeights>();
            var merged = new List<int>();
            for (int i = 0; i < pass.Length; i++)
            {
                try
                {
                    weights.Add(pass[i].Model.Decide());
                    merged.Add(i);
                }
                catch (MergeException exception)
                {
                    failures[i] = exception.Message;
                }
            }

            long start = Stopwatch.GetTimestamp();
            if (_buffers.Length > 0)
            {
                _merger.Merge(weights, _buffers[..weights.Count]);
            }

            using var ahead = new Ahead(this, [.. merged.Select((place, i) => (pass[place].Request, pass[place].Model, weights[i]))], cancellationToken);
            double mergeMs = merged.Count == 0 || _buffers.Length == 0 ? 0 : Stopwatch.GetElapsedTime(start).TotalMilliseconds / merged.Count;

            for (int i = 0; i < pass.Length; i++)
            {
                (ScoreRequest request, TaskMerge model) = pass[i];
                if (ReferenceEquals(model, request.Models[0]))
                {
                    trial = request.Trial with
                    {
                        StartedAt = ahead.StartedAt ?? _clock.GetUtcNow(), Engine = _evaluator.Engine, Device = _evaluator.Device, MergeMs = 0, ForwardMs = 0, BackwardMs = 0, ObjectiveMs = 0, Bytes = 0,
                    };
                    scored.Clear();
                }

                if (trial.State != TrialState.Failed)
                {
                    trial = failures.TryGetValue(i, out string? reason)
                        ? trial with { State = TrialState.Failed, Reason = reason }
                        : Guard(
                            trial with { MergeMs = trial.MergeMs + mergeMs, Bytes = trial.Bytes + _bytes },
                            row => Evaluate(row, request, model, weights[merged.IndexOf(i)], _buffers.ElementAtOrDefault(merged.IndexOf(i)), ahead.Result(merged.IndexOf(i)), scored, cancellationToken));
                }

                if (ReferenceEquals(model, request.Models[^1]))
                {
                    yield return trial.State == TrialState.Failed ? trial : Guard(trial, row => Complete(row, request, scored));
                }
            }
        }
    }

    private static Trial Guard(Trial trial, Func<Trial, Trial> step)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            return step(trial);
        }
        catch (Exception exception) when (exception is EvaluationException or OutOfMemoryException)
        {
            // How the time divides is unknown; the budget must still see it.
            return trial with { State = TrialState.Failed, Reason = exception.Message, Gradient = null, ForwardMs = trial.ForwardMs + Stopwatch.GetElapsedTime(start).TotalMilliseconds };
        }
    }

    // Scores one model. The merged weights are null where the evaluator merges.
    private Trial Evaluate(
        Trial trial,
        ScoreRequest request,
        TaskMerge model,
        MergeWeights merge,
        WeightSet? weights,
        Func<EvaluationResult>? ahead,
        List<(TaskMerge Model, EvaluationResult Result)> scored,
        CancellationToken cancellationToken)
    {
        EvaluationResult result;
        if (ahead is not null)
        {
            result = ahead();
        }
        else if (request.Gradient is { } gradient)
        {
            (result, trial) = Differentiate(trial, gradient, merge, weights, cancellationToken);
        }
        else if (weights is null)
        {
            result = ((IMergingEvaluator)_evaluator).Evaluate(merge, trial.Role, request.Part, cancellationToken);
        }
        else if (request.Part is { } part)
        {
            result = _evaluator is IPartialEvaluator evaluator
                ? evaluator.Evaluate(weights, trial.Role, part, cancellationToken)
                : throw new SearchException($"engine {_evaluator.Engine} scores all examples or none, and 'racing' asks for a part of them.");
        }
        else
        {
            result = _evaluator.Evaluate(weights, trial.Role, cancellationToken);
        }

        scored.Add((model, result));
        return trial with
        {
            MergeMs = trial.MergeMs + result.Merge.TotalMilliseconds + result.Dots.TotalMilliseconds,
            ForwardMs = trial.ForwardMs + result.Forward.TotalMilliseconds,
            BackwardMs = trial.BackwardMs + result.Backward.TotalMilliseconds,
            ObjectiveMs = trial.ObjectiveMs + result.Objective.TotalMilliseconds,
        };
    }

    // Every model was scored on every task, and counts for its own.
    private Trial Complete(Trial trial, ScoreRequest request, List<(TaskMerge Model, EvaluationResult Result)> scored)
    {
        TaskScores[] tasks = [.. scored[0].Result.Tasks.Select((task, index) => scored.First(model => model.Model.IsFor(task.Task)).Result.Tasks[index])];
        return request.Part is null ? Finish(trial with { Fidelity = tasks.Sum(task => task.Batches) }, tasks, request.Gradient) : RungRows.Fill(trial, tasks);
    }

    /// <summary>What is minimised where tasks have these scores.</summary>
    /// <param name="tasks">One entry a task.</param>
    /// <param name="coefficients">The candidate.</param>
    internal double[] Objectives(IReadOnlyList<TaskScores> tasks, IReadOnlyList<double> coefficients) =>
        [.. _objectives.SelectMany(objective => objective.Values(tasks, coefficients, _initial))];

    /// <summary>Why a candidate with such objectives failed.</summary>
    /// <param name="objectives">They are not all finite.</param>
    internal static string NotFinite(IReadOnlyList<double> objectives) => $"the objectives must be finite, got [{string.Join(", ", objectives)}]";

    /// <summary>Turns scores into a candidate's row.</summary>
    /// <param name="trial">The row, which says what it took.</param>
    /// <param name="tasks">One entry a task.</param>
    /// <param name="gradient">The derivative that was wanted, or null.</param>
    internal Trial Finish(Trial trial, IReadOnlyList<TaskScores> tasks, GradientRequest? gradient = null)
    {
        double[] objectives = Objectives(tasks, trial.Coefficients);
        var scores = new SortedDictionary<string, double>(StringComparer.Ordinal);
        var collapses = new List<string>();
        foreach (TaskScores task in tasks)
        {
            foreach ((string name, double value) in task.Scores)
            {
                scores[$"{task.Task}/{name}"] = value;
            }

            if (trial.Role == DataRole.Search && gradient?.Examples is null && _guard.Describe(task) is { } collapse)
            {
                scores[$"{task.Task}/{CollapseGuard.Flag}"] = 1;
                collapses.Add(collapse);
            }
        }

        foreach (string stopped in gradient?.Without ?? [])
        {
            scores[$"{stopped}/{Objective.StoppedFlag}"] = 1;
        }

        foreach (TaskScores task in gradient?.Examples is null ? [] : tasks)
        {
            scores[$"{task.Task}/{ExampleChoice.Mark}"] = gradient!.Examples!.Value;
        }

        trial = trial with
        {
            Scores = scores,
            Blocks = new SortedDictionary<string, IReadOnlyList<double>>(tasks.SelectMany(task => task.Blocks.Select(score => KeyValuePair.Create($"{task.Task}/{score.Key}", score.Value))).ToDictionary(), StringComparer.Ordinal),
            Reason = collapses.Count == 0 ? null : $"collapse: {string.Join("; ", collapses)}",
        };
        int broken = trial.Gradient?.ToList().FindIndex(slope => !double.IsFinite(slope)) ?? -1;
        string? reason = !objectives.All(double.IsFinite) ? NotFinite(objectives)
            : broken >= 0 ? string.Create(CultureInfo.InvariantCulture, $"the derivative by {_space.Name(broken % _space.Dimension)} must be finite, got {trial.Gradient![broken]}")
            : null;
        return reason is null
            ? trial with { State = TrialState.Complete, Objectives = objectives }
            : trial with { State = TrialState.Failed, Reason = reason, Gradient = null };
    }

    private (EvaluationResult Result, Trial Trial) Differentiate(Trial trial, GradientRequest request, MergeWeights candidate, WeightSet? weights, CancellationToken cancellationToken)
    {
        ExampleDraw? draw = request.Examples is { } examples ? new ExampleDraw(trial.Seed, request.Step, examples) : null;
        Objective[] objectives = [.. _objectives.Select(objective => objective with { Stopped = request.Without })];
        _gradients.ForEach(sums => sums.Clear());
        MergeGradient Sums(int value)
        {
            while (_gradients.Count <= value)
            {
                _gradients.Add(new MergeGradient(_space.Merge.Vectors, _space.Pieces));
            }

            return _gradients[value];
        }

        EvaluationResult result;
        if (weights is null)
        {
            result = ((IMergingEvaluator)_evaluator).EvaluateGradients(candidate, trial.Role, draw, objectives, Sums, cancellationToken);
        }
        else if (_evaluator is IGradientEvaluator evaluator)
        {
            // The dot products run as the backward pass hands tensors over; those that no coefficient acts on need none.
            IReadOnlyList<bool> isMerged = _space.Merge.Source.Family.IsMerged;
            var dots = new Stopwatch();
            result = evaluator.EvaluateGradients(
                weights,
                trial.Role,
                draw,
                objectives,
                value => (tensor, gradient) =>
                {
                    dots.Start();
                    if (isMerged[tensor])
                    {
                        Sums(value).Add(tensor, gradient);
                    }

                    dots.Stop();
                },
                cancellationToken) with { Dots = dots.Elapsed };
        }
        else
        {
            throw new SearchException($"engine {_evaluator.Engine} gives no derivatives, which {trial.Strategy} asks for; use engine: torch.");
        }

        Regulariser[] regularisers = [.. _objectives.SelectMany(objective => Enumerable.Repeat(objective.Regulariser, objective.Count(result.Tasks.Count)))];
        return (result, trial with
        {
            Gradient = [.. regularisers.SelectMany((regulariser, value) =>
                _space.Gradient(trial.Coefficients, Sums(value)).Zip(regulariser.Gradient(trial.Coefficients, _initial), (a, b) => a + b))],
        });
    }

    // The models of a pass under way at once, where the evaluator scores several.
    private sealed class Ahead : IDisposable
    {
        private readonly CancellationTokenSource _stop;
        private readonly Task<EvaluationResult>[] _results = [];

        // When they began, all together; null where there are none.
        public DateTimeOffset? StartedAt { get; }

        public Ahead(CandidateScorer scorer, (ScoreRequest Request, TaskMerge Model, MergeWeights Weights)[] models, CancellationToken cancellationToken)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (scorer._evaluator is ICandidateEvaluator evaluator)
            {
                StartedAt = scorer._clock.GetUtcNow();
                _results = [.. models.Select(model => Task.Factory.StartNew(
                    () => evaluator.Evaluate(model.Model.Candidate(scorer._space, model.Request.Trial, model.Weights), model.Request.Trial.Role, _stop.Token),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default))];
            }
        }

        public Func<EvaluationResult>? Result(int place) => _results.Length == 0 ? null : _results[place].GetAwaiter().GetResult;

        // Whoever wants no more of them waits until nothing is left of them.
        public void Dispose()
        {
            _stop.Cancel();
            Task.WhenAll(_results).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait();
            _stop.Dispose();
        }
    }
}
