namespace Search.Strategies.Bayesian;

/// <summary>All trials of a model-based strategy: those it learned of and those it asked for, in an order that does not depend on the order of telling.</summary>
/// <param name="space">What candidates are decoded by.</param>
/// <param name="embedding">The space's axes.</param>
/// <param name="objectives">How many objectives candidates have.</param>
internal sealed class TrialBook(SearchSpace space, AxisEmbedding embedding, int objectives = 1)
{
    private readonly AskLedger _ledger = new(space, objectives);
    private readonly List<(double[] Point, double[] Inputs, double[]? Objectives)> _learned = [];
    private readonly List<double[]> _inputs = []; // of every candidate asked for

    /// <summary>How many candidates were asked for.</summary>
    public int AskedCount => _ledger.Asked.Count;

    /// <summary>How many candidates have not been told.</summary>
    public int PendingCount => _ledger.PendingCount;

    /// <summary>How many trials it learned of.</summary>
    public int LearnedCount => _learned.Count;

    /// <summary>The inputs of the candidates that have not been told.</summary>
    public double[][] Pending => [.. _ledger.Asked.Where(asked => !asked.IsTold).Select(asked => _inputs[asked.Candidate.Index])];

    public Candidate Ask(double[] point)
    {
        _inputs.Add(embedding.Embed(point));
        return _ledger.Ask(point);
    }

    public void Tell(IReadOnlyList<Verdict> verdicts) => _ledger.Tell(verdicts);

    public void Learn(IReadOnlyList<Observation> observations)
    {
        foreach ((double[] point, IReadOnlyList<double>? values) in _ledger.Read(observations))
        {
            _learned.Add((point, embedding.Embed(point), values?.ToArray()));
        }
    }

    /// <summary>The objectives of all trials that did not fail.</summary>
    public double[][] Scored => [.. Trials(0).Select(trial => trial.Objectives).OfType<double[]>()];

    /// <summary>Collects what is known.</summary>
    /// <param name="from">The first asked candidate that counts; unless it is the very first, learned trials do not count either.</param>
    /// <param name="outcome">What is made of a trial's objectives, or null for the first of them.</param>
    /// <returns>The data, or null without a single success.</returns>
    public TrialData? Data(int from = 0, Func<double[], double>? outcome = null)
    {
        double? Value(double[]? objectives, double? estimate) => objectives is null ? (outcome is null ? estimate : null) : outcome?.Invoke(objectives) ?? objectives[0];
        (double[] Point, double[] Inputs, double? Value)[] trials = [.. Trials(from).Select(trial => (trial.Point, trial.Inputs, Value(trial.Objectives, trial.Estimate)))];
        return trials.Max(trial => trial.Value) is { } worst
            ? new TrialData([.. trials.Select(trial => trial.Point)], [.. trials.Select(trial => trial.Inputs)], [.. trials.Select(trial => trial.Value ?? worst)])
            : null;
    }

    // The estimate is what a pruned candidate's only objective would be.
    private IEnumerable<(double[] Point, double[] Inputs, double[]? Objectives, double? Estimate)> Trials(int from) => (from == 0 ? _learned : []).Select(trial => (trial.Point, trial.Inputs, trial.Objectives, (double?)null))
        .Concat(_ledger.Asked.Skip(from).Where(asked => asked.IsTold).Select(asked => (asked.Point, _inputs[asked.Candidate.Index], asked.Objectives?.ToArray(), asked.Estimate)));
}
