namespace Search.Evaluation;

/// <summary>The tasks' batch files, and which of their examples go through the graph together.</summary>
internal sealed class ExamplePasses : IDisposable
{
    private readonly EvaluatorOptions _options;
    private readonly int _batchSize;
    private readonly List<string> _notes = [];
    private readonly Dictionary<(int Task, DataRole Role), BatchSet> _files = [];
    private bool _tried;
    private bool _shares = true;

    /// <summary>Opens every batch file and checks its header.</summary>
    /// <param name="options">The tasks and what is scored.</param>
    /// <param name="inputs">The graph's data inputs.</param>
    /// <exception cref="SearchException">A file does not fit.</exception>
    public ExamplePasses(EvaluatorOptions options, IReadOnlyList<GraphInput> inputs)
    {
        _options = options;
        _batchSize = options.BatchSize;
        try
        {
            foreach ((int task, EvaluatorTask known) in options.Tasks.Index())
            {
                foreach ((DataRole role, string path) in known.Batches)
                {
                    var file = new BatchSet(options.OpenBatches(path), inputs, options.Inputs, options.BatchSize);
                    _files.Add((task, role), file);
                    options.RequireLabels(file, path);
                    _batchSize = file.FixedSize ?? _batchSize; // the graph's, so the same for all
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What a person should know of how this graph runs, one sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The files, by task and role.</summary>
    public IReadOnlyDictionary<(int Task, DataRole Role), BatchSet> Files => _files;

    /// <summary>Which examples go through the graph together: as many as a batch holds, of whichever tasks follow one another.</summary>
    /// <param name="role">The role of the data.</param>
    /// <param name="draw">Which examples, or null for all.</param>
    /// <param name="wants">Which tasks, or null for all.</param>
    /// <exception cref="ArgumentException">No task that is wanted has data of the role.</exception>
    public List<List<ExampleSegment>> Of(DataRole role, ExampleChoice? draw = null, Predicate<int>? wants = null)
    {
        List<List<ExampleSegment>> passes = [];
        int left = 0;
        for (int task = 0; task < _options.Tasks.Count; task++)
        {
            if (!_files.TryGetValue((task, role), out BatchSet? file) || wants?.Invoke(task) == false)
            {
                continue;
            }

            long[]? drawn = draw?.Choose(task, file.Examples);
            int examples = drawn?.Length ?? file.Examples;
            if (file.FixedSize is int size && examples % size != 0)
            {
                throw new SearchException($"{_options.GraphPath}: the graph fixes {size} examples a batch, and {(draw is ExampleStretch ? $"a rung of the race has {examples} of {file.Path}; let it have a multiple" : $"a step draws {examples} of each task; draw a multiple")}, or export the graph with a free first axis.");
            }

            if (examples == 0)
            {
                throw new SearchException($"{file.Path}: a rung of the race has none of its {file.Examples} examples; let 'racing.first' or 'racing.factor' be larger.");
            }

            for (int first = 0; first < examples;)
            {
                if (left == 0 || (first == 0 && !_shares))
                {
                    passes.Add([]);
                    left = _batchSize;
                }

                int count = Math.Min(left, examples - first);
                passes[^1].Add(new ExampleSegment(task, role, first, count, drawn));
                first += count;
                left -= count;
            }
        }

        return passes.Count > 0 ? passes : throw new ArgumentException($"No task has {role} batches.", nameof(role));
    }

    /// <summary>How many examples a task has whose scores are kept by blocks: those that candidates are compared on in the end, which nothing was optimised on, and those of a race.</summary>
    /// <param name="task">The task.</param>
    /// <param name="role">The role of the data.</param>
    /// <param name="part">Which of the examples, or null for all.</param>
    public int? BlockedExamples(int task, DataRole role, ExampleStretch? part = null) => part?.Choose(task, _files[(task, role)].Examples).Length ?? (role == DataRole.Search ? null : _files[(task, role)].Examples);

    /// <summary>
    /// Finds out whether examples of several tasks may go through the shared part together: tried once, on a few of them, since a graph can
    /// fold its axes in any order. Where they may not, each pass takes examples of one task.
    /// </summary>
    /// <param name="hasSharedPart">Whether the graph computes anything before its task-specific part.</param>
    /// <param name="run">A forward pass of some examples: the outputs of each segment.</param>
    /// <exception cref="SearchException">A score compares examples one by one, and what it compares does not have them along its first axis.</exception>
    public void TrySharing(bool hasSharedPart, Func<List<ExampleSegment>, IReadOnlyList<HostTensor[]>> run)
    {
        if (_tried)
        {
            return;
        }

        // Of every task, and the same data whatever is scored first, so that a resumed run decides alike.
        ExampleSegment[] few = [.. _files.GroupBy(file => file.Key.Task).Select(files => files.MinBy(file => file.Key.Role))
            .Select(file => new ExampleSegment(file.Key.Task, file.Key.Role, 0, Math.Min(2, file.Value.Examples), null))];
        bool isFixed = _files.Values.Any(file => file.FixedSize is not null);
        if (_options.Scores.FirstOrDefault(score => score.NeedsExpert) is { } compared
            && !isFixed
            && few.FirstOrDefault(segment => segment.Count == 2) is { } pair
            && !OutputsAreByExample(pair, run))
        {
            throw new SearchException($"{_options.GraphPath}: {compared.Name} compares each example with the expert's, and what it compares does not have the examples along its first axis.");
        }

        _tried = true;
        string? reason = few.Length < 2 ? null
            : isFixed ? "The graph fixes how many examples a batch has"
            : !Enum.GetValues<DataRole>().All(role => HaveOneShape(_files.Keys.Where(file => file.Role == role))) || !HaveOneShape(few.Select(segment => (segment.Task, segment.Role))) ? "The tasks' inputs differ in shape"
            : !hasSharedPart ? "The graph begins with task-specific tensors"
            : !GiveTheSame(few, run) ? "The graph does not keep examples apart along its first axis"
            : null;
        _shares = reason is null;
        if (reason is not null)
        {
            _notes.Add($"{reason}, so each task has forward passes of its own.");
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (BatchSet file in _files.Values)
        {
            file.Dispose();
        }
    }

    private bool HaveOneShape(IEnumerable<(int Task, DataRole Role)> files) => files.Select(file => _files[file]).Distinct().ToArray() is not [var first, .. var others] || others.All(first.HasShapesOf);

    // Whether the first half of what two examples give together is what the first of them gives alone.
    private static bool OutputsAreByExample(ExampleSegment pair, Func<List<ExampleSegment>, IReadOnlyList<HostTensor[]>> run) =>
        run([pair])[0].Zip(run([pair with { Count = 1 }])[0]).All(outputs => outputs.First.FirstHalf()?.IsCloseTo(outputs.Second) == true);

    private static bool GiveTheSame(ExampleSegment[] few, Func<List<ExampleSegment>, IReadOnlyList<HostTensor[]>> run)
    {
        try
        {
            return run([.. few]).Zip(few).All(each => run([each.Second])[0].Zip(each.First).All(pair => pair.First.IsCloseTo(pair.Second)));
        }
        catch (EvaluationException)
        {
            return false;
        }
    }
}
