using Search.Controller;
using Search.Evaluation;
using Search.Results;

namespace Search.Tests.Controller;

public sealed class TrialRecorderTests : ITrialLog, IStudyProgress
{
    private readonly List<Trial> _trials = [];
    private readonly List<string> _notes = [];
    private readonly Clock _clock = new();
    private int _failures;

    [Test]
    public void Flush_LogThatCannotBeWritten_WaitsLongerAndLongerAndLosesNothing()
    {
        var recorder = new TrialRecorder(this, this, _clock);
        _failures = 7;
        recorder.Add(New(0), CancellationToken.None);
        recorder.Add(New(1), CancellationToken.None);
        recorder.Flush(CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(_clock.Waits.Select(wait => wait.TotalSeconds), Is.EqualTo(new[] { 1, 2, 4, 8, 16, 30, 30 }));
            Assert.That(_trials.Select(trial => trial.Id), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(_notes, Has.Count.EqualTo(8));
            Assert.That(_notes[0], Is.EqualTo("paused    disk full; 2 finished trials wait, and are tried again in 1 s"));
            Assert.That(_notes[^1], Is.EqualTo("recording again"));
        });
    }

    [Test]
    public void Flush_CancelledWhileItWaits_EndsAndSaysWhatIsLost()
    {
        var recorder = new TrialRecorder(this, this, _clock);
        using var stop = new CancellationTokenSource();
        _failures = 100;
        _clock.Waited = wait => stop.Cancel();
        recorder.Add(New(0), stop.Token);
        Assert.That(() => recorder.Flush(stop.Token), Throws.InstanceOf<OperationCanceledException>());
        recorder.Abandon();
        Assert.That(_notes[^1], Is.EqualTo("disk full; 1 finished trials cannot be recorded and are evaluated again."));

        _failures = 0;
        recorder.Abandon();
        Assert.That(_trials, Has.Count.EqualTo(1), "once there is room, what waits is recorded all the same");
    }

    public IReadOnlyList<Trial> Read() => [];

    public void Append(IReadOnlyList<Trial> trials)
    {
        if (_failures-- > 0)
        {
            throw new SearchException("disk full");
        }

        _trials.AddRange(trials);
    }

    public void Compact()
    {
    }

    public void Begin(string phase, long? total)
    {
    }

    public void Advance(Trial trial, bool recorded, double? best)
    {
    }

    public void Rung(int rung, int rungs, int candidates)
    {
    }

    public void Note(string text) => _notes.Add(text);

    private static Trial New(long id) => SearchTrials.Complete(id, 0);

    // Time that stands still, and waits that are over at once.
    private sealed class Clock : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public Action<TimeSpan> Waited { get; set; } = _ => { };

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            Waited(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
