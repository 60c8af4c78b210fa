namespace Search.Strategies.AdaMerging;

/// <summary>
/// Descends the objective's gradient by the coefficients with Adam (AdaMerging, Yang et al. 2024, arXiv:2310.02575; Adam: Kingma and Ba
/// 2015, arXiv:1412.6980, algorithm 1). One candidate at a time; at checkpoints the point reached is scored on all examples.
/// </summary>
public sealed class AdaMergingStrategy : ISearchStrategy
{
    private const int MostFailures = 10;

    private readonly SearchSpace _space;
    private readonly AdaMergingOptions _options;
    private readonly CoefficientDescent _descent;
    private readonly TaskPatience? _patience;

    private int _step;
    private int _failures;
    private double _slowdown = 1;
    private bool _scored; // the point reached has its checkpoint
    private bool _told;
    private Candidate? _pending;

    /// <summary>Starts at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public AdaMergingStrategy(SearchSpace space, AdaMergingOptions options)
    {
        if (!double.IsFinite(options.LearningRate) || options.LearningRate <= 0)
        {
            throw new ArgumentException($"LearningRate must be positive and finite, got {options.LearningRate}.", nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.Steps, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batch ?? 1, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Checkpoint, 1, nameof(options));
        if (options.EarlyStop is { } stop && (stop.Patience < 1 || !double.IsFinite(stop.Margin) || stop.Margin < 0))
        {
            throw new ArgumentException($"EarlyStop needs a patience of at least 1 and a finite margin of at least 0, got {stop.Patience} and {stop.Margin}.", nameof(options));
        }

        _space = space;
        _options = options;
        _patience = options.EarlyStop is null ? null : new TaskPatience(options.EarlyStop);
        _descent = new CoefficientDescent(space, Name, options.Beta1, options.Beta2, options.Clamp);
    }

    /// <inheritdoc/>
    public string Name => "adamerging";

    /// <inheritdoc/>
    public int PopulationSize => 1;

    /// <inheritdoc/>
    public string? StopReason { get; private set; }

    /// <summary>The point reached, in coefficient units.</summary>
    public IReadOnlyList<double> Point => _descent.Coefficients();

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_pending is not null || StopReason is not null)
        {
            return [];
        }

        // With whole batches every step scores all examples, the point after the last update included: as the same kind of trial, so that
        // it is compared with the others, though its gradient moves nothing.
        _pending = IsCheckpoint && _options.Batch is not null && !_scored
            ? new Candidate(_step, 1, _descent.Coefficients())
            : new Candidate(_step, 0, _descent.Coefficients()) { Gradient = new GradientRequest(_step, _options.Batch) { Without = [.. _patience?.Stopped.Select(stopped => stopped.Task) ?? []] } };
        return [_pending];
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _descent.Check(verdicts, _pending, 1);
        foreach (Verdict verdict in verdicts)
        {
            bool wanted = _pending!.Gradient is not null;
            if (_patience is not null && verdict.Objectives is not null && (verdict.Tasks is null || !verdict.Tasks.Values.All(double.IsFinite)))
            {
                throw new ArgumentException("A finite score of each task is expected.", nameof(verdicts));
            }

            _pending = null;
            _told = true;
            if (_patience is not null && verdict.Objectives is not null && IsCheckpoint && (!wanted || _options.Batch is null))
            {
                _patience.Add(_step, verdict.Tasks!);
                if (_patience.IsAtEnd)
                {
                    StopReason = $"no task improves any more: {string.Join(", ", _patience.Stopped.Select(stopped => $"{stopped.Task} stopped at step {stopped.Step}"))}";
                    continue;
                }
            }

            if (wanted && verdict.Objectives is null)
            {
                StepBack();
            }
            else if (!wanted || _step == _options.Steps)
            {
                _scored = true;
            }
            else
            {
                Step(verdict.Gradient!);
            }

            if (_step == _options.Steps && _scored)
            {
                StopReason ??= $"{_options.Steps} steps are done";
            }
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        // The best point that others found is a better start; once it moves, the gradient knows more than they do.
        IReadOnlyList<(double[] Point, IReadOnlyList<double>? Objectives)> read = new AskLedger(_space).Read(observations);
        if (_space.KeepsStart || _step > 0 || _pending is not null || read.Where(trial => trial.Objectives is not null).OrderBy(trial => trial.Objectives![0]).FirstOrDefault().Point is not { } best)
        {
            return;
        }

        _descent.MoveTo(_space.Decode(best));
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _told ? new Recommendation(_descent.Coefficients(), "point reached", null) : null;

    // Whether the point reached is one of those whose scores can be compared.
    private bool IsCheckpoint => _step > 0 && (_step % _options.Checkpoint == 0 || _step == _options.Steps);

    private void Step(IReadOnlyList<double> gradient)
    {
        _failures = 0;
        _descent.Step(gradient, _slowdown * (_options.Schedule == LearningRateSchedule.Cosine ? CoefficientDescent.CosineRate(_options.LearningRate, _step, _options.Steps) : _options.LearningRate));
        _step++;
        _scored = false;
    }

    // A point that cannot be scored has no gradient: halfway back, and slower from here on.
    private void StepBack()
    {
        _failures++;
        _slowdown /= 2;
        if (_step == 0)
        {
            StopReason = "the starting point could not be scored";
        }
        else if (_failures == MostFailures)
        {
            StopReason = $"{MostFailures} points in a row could not be scored";
        }

        _descent.StepBack();
    }
}
