using Search.Evaluation;
using Search.Results;

namespace Search.Controller;

/// <summary>Knows which trials the ledger holds and appends new ones: slow ones at once, fast ones together about once a second, so that parts stay few and little is ever at risk.</summary>
internal sealed class TrialRecorder
{
    private const double SlowMs = 250; // an append takes a hundredth of it
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly ITrialLog _log;
    private readonly TimeProvider _clock;
    private readonly Dictionary<(long Id, DataRole Role), Trial> _known;
    private readonly List<Trial> _pending = [];
    private long _flushed;

    public TrialRecorder(ITrialLog log, TimeProvider clock)
    {
        _log = log;
        _clock = clock;
        _known = log.Read().ToDictionary(trial => (trial.Id, trial.Role));
        _flushed = clock.GetTimestamp();
    }

    public IReadOnlyCollection<Trial> Trials => _known.Values;

    public Trial? Find(long id, DataRole role) => _known.GetValueOrDefault((id, role));

    public void Add(Trial trial)
    {
        _known.Add((trial.Id, trial.Role), trial);
        _pending.Add(trial);
        if (trial.MergeMs + trial.ForwardMs + trial.BackwardMs + trial.ObjectiveMs >= SlowMs || _clock.GetElapsedTime(_flushed) >= Delay)
        {
            Flush();
        }
    }

    public void Flush()
    {
        if (_pending.Count > 0)
        {
            _log.Append(_pending);
            _pending.Clear();
        }

        _flushed = _clock.GetTimestamp();
    }
}
