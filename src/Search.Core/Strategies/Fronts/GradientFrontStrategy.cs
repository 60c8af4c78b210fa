using Search.Results.Fronts;
using Search.Strategies.AdaMerging;

namespace Search.Strategies.Fronts;

/// <summary>
/// Descends to one point of the front after another with Adam, by the derivatives of all objectives. With preferences (AdaMerging's step for several objectives), the ends of the
/// front come first, then always the preference that is farthest from those before (the lattice of Das and Dennis); each descent begins at
/// the known point that suits it best. Without, each goes against the shortest vector in the hull of the gradients (multiple-gradient descent), not by Adam, from a point of its own. One candidate at a
/// time; the point that a descent reaches is scored on all examples.
/// </summary>
public sealed class GradientFrontStrategy : ISearchStrategy
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Stationary = 1e-6; // the shortest vector beside the longest gradient, below which no step helps all objectives
    private const int MostFailures = 10;
    private const int DefaultPreferences = 15;
    private const long StartStream = 0x4746;

    private readonly SearchSpace _space;
    private readonly GradientFrontOptions _options;
    private readonly int _objectives;
    private readonly CoefficientDescent _descent;
    private readonly AskLedger _reader;
    private readonly IReadOnlyList<double[]> _preferences; // none where descents go without
    private readonly int _points;
    private readonly List<(double[] Coefficients, double[] Objectives)> _known = []; // what was scored on all examples, and what others found
    private readonly List<double[]> _starts = []; // what others found before the first candidate, spread, for descents without preferences

    private int _point;
    private int _step; // of this descent
    private int _asked;
    private int _failures;
    private double _slowdown = 1;
    private bool _begun; // this descent stands at its start
    private Candidate? _pending;

    /// <summary>Starts at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="objectives">How many objectives candidates have; at least 2.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has coefficients without a derivative.</exception>
    public GradientFrontStrategy(SearchSpace space, int objectives, GradientFrontOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(objectives, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Points ?? 1, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Steps, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batch ?? 1, 1, nameof(options));
        if (!double.IsFinite(options.LearningRate) || options.LearningRate <= 0 || !double.IsFinite(options.Smoothing) || options.Smoothing <= 0)
        {
            throw new ArgumentException($"LearningRate and Smoothing must be positive and finite, got {options.LearningRate} and {options.Smoothing}.", nameof(options));
        }

        _space = space;
        _options = options;
        _objectives = objectives;
        _descent = new CoefficientDescent(space, Name, Beta1, Beta2);
        _reader = new AskLedger(space, objectives);
        bool prefers = options.Direction != FrontDirection.MinNorm;
        _preferences = prefers ? ReferenceDirections.Spread(ReferenceDirections.About(objectives, Math.Max(objectives, options.Points ?? DefaultPreferences))) : [];
        _points = prefers ? Math.Min(_preferences.Count, Math.Max(objectives, options.Points ?? DefaultPreferences)) : options.Points ?? 1;
    }

    /// <inheritdoc/>
    public string Name => "gradient_front";

    /// <inheritdoc/>
    public int PopulationSize => 1;

    /// <inheritdoc/>
    public string? StopReason { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_pending is not null || StopReason is not null)
        {
            return [];
        }

        if (!_begun)
        {
            _descent.MoveTo(Start());
            _begun = true;
        }

        // What steps on a few examples reach is scored on all of them, as is the very first point, which the others are measured beside.
        bool whole = _options.Batch is not null && (_step == _options.Steps || _known.Count == 0);
        _pending = new Candidate(_asked, 0, _descent.Coefficients()) { Gradient = whole ? null : new GradientRequest(_asked, _options.Batch) };
        _asked++;
        return [_pending];
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _descent.Check(verdicts, _pending, _objectives);
        foreach (Verdict verdict in verdicts)
        {
            Candidate candidate = _pending!;
            _pending = null;
            bool whole = candidate.Gradient is not { Examples: not null };
            if (verdict.Objectives is null)
            {
                Fail(candidate.Gradient is null);
                continue;
            }

            if (whole)
            {
                _known.Add(([.. candidate.Coefficients], [.. verdict.Objectives]));
            }

            if (_step == _options.Steps)
            {
                Next();
            }
            else if (candidate.Gradient is not null)
            {
                Step(verdict.Objectives, [.. verdict.Gradient!.Chunk(_descent.Dimension)]);
            }
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        (double[] Coefficients, double[] Objectives)[] read = [.. _reader.Read(observations).Where(trial => trial.Objectives is not null)
            .Select(trial => (_space.Decode(trial.Point).ToArray(), trial.Objectives!.ToArray()))];
        if (_asked == 0 && !_space.KeepsStart)
        {
            int[] front = Dominance.Front([.. read.Select(trial => trial.Objectives)]);
            _starts.AddRange(front.Zip(Crowding.Distances([.. front.Select(i => read[i].Objectives)])).OrderByDescending(pair => pair.Second).ThenBy(pair => pair.First).Select(pair => read[pair.First].Coefficients));
        }

        _known.AddRange(read);
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => null;

    // The known point that suits the preference best; without preferences, what others found, the space's start, then points drawn from all of it.
    private double[] Start()
    {
        double[] initial = [.. _space.Coefficients.Select(coefficient => coefficient.Initial)];
        if (_preferences.Count == 0)
        {
            return _point < _starts.Count ? _starts[_point]
                : _point == _starts.Count ? initial
                : [.. _space.Decode(Drawn(new Rng(_options.Seed, StartStream, _point)))];
        }

        if (_known.Count == 0 || (_space.KeepsStart && _point == 0))
        {
            return initial;
        }

        Scalarisation scale = Scale();
        return _known.MinBy(trial => IsEnd(out int end) ? trial.Objectives[end] : scale.Of(_preferences[_point], trial.Objectives)).Coefficients;
    }

    private double[] Drawn(Rng rng) => [.. _space.Axes.Select(_ => rng.NextUniform())];

    private Scalarisation Scale() => new([.. _known.Select(trial => trial.Objectives)]);

    // Whether one objective alone counts.
    private bool IsEnd(out int objective)
    {
        objective = Array.IndexOf(_preferences[_point], 1);
        return objective >= 0;
    }

    private void Step(IReadOnlyList<double> objectives, double[][] gradients)
    {
        double rate = _slowdown * CoefficientDescent.CosineRate(_options.LearningRate, _step, _options.Steps);
        if (_preferences.Count > 0)
        {
            _descent.Step(Sum(Weights(objectives), gradients), rate);
        }
        else if (!TryHelpAll(gradients, rate))
        {
            // On the front: with whole batches this point was scored, with others it still is.
            _step = _options.Steps;
            if (_options.Batch is null)
            {
                Next();
            }

            return;
        }

        _failures = 0;
        _step++;
    }

    // Against the shortest vector itself, since what Adam makes of it need not help all. It is sought among the directions that the space leaves.
    private bool TryHelpAll(double[][] gradients, double rate)
    {
        double[][] free = [.. gradients.Select(_descent.FreeGradient)];
        double[][] separate = [.. free.Select(gradient => _descent.Separate.Select(i => gradient[i]).ToArray())];
        double[] weights = MinimumNorm.Weights(separate);
        if (Length(Sum(weights, separate)) <= Stationary * separate.Max(Length))
        {
            return false;
        }

        _descent.Move(Sum(weights, free), rate);
        return true;
    }

    private static double[] Sum(double[] weights, double[][] gradients) => [.. gradients[0].Select((_, i) => gradients.Select((gradient, m) => weights[m] * gradient[i]).Sum())];

    // What each objective's gradient weighs in the direction.
    private double[] Weights(IReadOnlyList<double> objectives)
    {
        double[] preference = _preferences[_point];
        if (IsEnd(out _))
        {
            return preference;
        }

        Scalarisation scale = Scale();
        return _options.Direction == FrontDirection.Tchebycheff
            ? scale.SmoothSlopes(preference, objectives, _options.Smoothing)
            : [.. preference.Select((weight, m) => weight / scale.Range(m))];
    }

    private static double Length(double[] vector) => Math.Sqrt(vector.Sum(value => value * value));

    // A point that cannot be scored has no derivative: half-way back, and slower from here on.
    private void Fail(bool isEnd)
    {
        _failures++;
        _slowdown /= 2;
        if (_step == 0 && _known.Count == 0 && _preferences.Count > 0)
        {
            StopReason = "the starting point could not be scored";
        }
        else if (isEnd || _step == 0 || _failures == MostFailures)
        {
            Next();
        }
        else
        {
            _descent.StepBack();
        }
    }

    private void Next()
    {
        _point++;
        _step = 0;
        _failures = 0;
        _slowdown = 1;
        _begun = false;
        if (_point == _points)
        {
            StopReason = $"{_points} points of the front were descended to";
        }
    }
}
