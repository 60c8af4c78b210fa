using System.Globalization;
using Search.Evaluation;
using Search.Results;

namespace Search.Controller;

/// <summary>
/// Knows which trials the ledger holds and appends new ones: slow ones at once, fast ones together about once a second, so that parts stay few
/// and little is ever at risk. While the ledger cannot be written (disk full, read-only, gone for a while), it waits and tries again.
/// </summary>
internal sealed class TrialRecorder
{
    private const double SlowMs = 250; // an append takes a hundredth of it
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly ITrialLog _log;
    private readonly IStudyProgress _progress;
    private readonly TimeProvider _clock;
    private readonly Dictionary<(long Id, DataRole Role), Trial> _known;
    private readonly Dictionary<(long Id, int Rung), Trial> _rungs; // those that no race has taken up
    private readonly List<Trial> _pending = [];
    private long _flushed;

    public TrialRecorder(ITrialLog log, IStudyProgress progress, TimeProvider clock)
    {
        _log = log;
        _progress = progress;
        _clock = clock;
        ILookup<bool, Trial> rows = log.Read().ToLookup(trial => trial.Rung is null);
        _known = rows[true].ToDictionary(trial => (trial.Id, trial.Role));
        _rungs = rows[false].ToDictionary(trial => (trial.Id, trial.Rung!.Value));
        _flushed = clock.GetTimestamp();
    }

    public IReadOnlyCollection<Trial> Trials => _known.Values;

    public Trial? Find(long id, DataRole role) => _known.GetValueOrDefault((id, role));

    /// <summary>Hands a recorded rung of a candidate over, once: a race keeps what it needs.</summary>
    /// <param name="id">The candidate's number.</param>
    /// <param name="rung">The rung.</param>
    /// <returns>Its row, or null where it is not recorded.</returns>
    public Trial? TakeRung(long id, int rung) => _rungs.Remove((id, rung), out Trial? row) ? row : null;

    public void AddRung(Trial row, CancellationToken cancellationToken) => Append(row, cancellationToken);

    public void Add(Trial trial, CancellationToken cancellationToken)
    {
        _known.Add((trial.Id, trial.Role), trial);
        Append(trial, cancellationToken);
    }

    private void Append(Trial trial, CancellationToken cancellationToken)
    {
        _pending.Add(trial);
        if (trial.TotalMs >= SlowMs || _clock.GetElapsedTime(_flushed) >= Delay)
        {
            Flush(cancellationToken);
        }
    }

    /// <summary>Records what is pending, however long the ledger cannot be written.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public void Flush(CancellationToken cancellationToken)
    {
        TimeSpan wait = FirstWait;
        while (Try() is { } reason)
        {
            _progress.Note(string.Create(CultureInfo.InvariantCulture, $"paused    {reason}; {_pending.Count} finished trials wait, and are tried again in {wait.TotalSeconds:0} s"));
            Task.Delay(wait, _clock, cancellationToken).GetAwaiter().GetResult();
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }

        if (wait > FirstWait)
        {
            _progress.Note("recording again");
        }
    }

    /// <summary>Records what is pending where that can be done at once, and says what is lost where not.</summary>
    public void Abandon()
    {
        if (Try() is { } reason)
        {
            _progress.Note($"{reason}; {_pending.Count} finished trials cannot be recorded and are evaluated again.");
        }
    }

    // Why it could not be done, or null.
    private string? Try()
    {
        try
        {
            if (_pending.Count > 0)
            {
                _log.Append(_pending);
                _pending.Clear();
            }

            _flushed = _clock.GetTimestamp();
            return null;
        }
        catch (SearchException exception)
        {
            return exception.Message;
        }
    }
}
