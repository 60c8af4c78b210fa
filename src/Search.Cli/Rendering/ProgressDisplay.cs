using System.Diagnostics;
using System.Globalization;
using Search.Controller;
using Search.Results;
using Spectre.Console;

namespace Search.Cli.Rendering;

/// <summary>Shows a study at work on standard error: a live bar on a terminal, plain lines elsewhere.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs something that reports progress.</summary>
    public static T Show<T>(Func<IStudyProgress, T> work) => Terminal.Progress.Profile.Capabilities.Interactive && !Console.IsErrorRedirected
        ? Terminal.Progress.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new RemainingTimeColumn { Style = Style.Plain })
            .Start(context => work(new Bar(context)))
        : work(new Lines());

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string RungText(int rung, int rungs, int candidates) => $", rung {rung + 1} of {rungs} with {candidates} candidates";

    // Done, best, rate. Trials found in the ledger cost no time, so they do not count for the rate.
    private sealed class Pace
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private readonly HashSet<string> _stopped = [];
        private int _made;

        public int Done { get; private set; }

        public double Rate => _made / Math.Max(1e-9, Stopwatch.GetElapsedTime(_start).TotalSeconds);

        /// <summary>Counts a trial.</summary>
        /// <returns>What is new with it, a line each.</returns>
        public IEnumerable<string> Add(Trial trial, bool recorded)
        {
            Done++;
            _made += recorded ? 0 : 1;
            return [.. StudySummary.Stopped(trial).Where(_stopped.Add).Select(task => $"task {task} stopped at step {trial.Generation}")];
        }
    }

    private sealed class Bar(ProgressContext context) : IStudyProgress
    {
        private string _phase = "";
        private long? _total;
        private Pace _pace = new();
        private ProgressTask? _task;
        private string _found = "";
        private string _rung = "";

        public void Begin(string phase, long? total)
        {
            (_phase, _total, _pace, _found, _rung) = (phase, total, new Pace(), "", "");
            _task?.StopTask();
            _task = context.AddTask(Markup.Escape(phase), maxValue: total ?? 1);
            _task.IsIndeterminate = total is null;
        }

        public void Advance(Trial trial, bool recorded, double? best)
        {
            foreach (string news in _pace.Add(trial, recorded))
            {
                Terminal.Progress.WriteLine(news);
            }

            _found = best is { } value ? $"  best {Number(value)}" : "";
            Describe();
            _task!.Value = _pace.Done;
        }

        public void Rung(int rung, int rungs, int candidates)
        {
            _rung = RungText(rung, rungs, candidates);
            Describe();
        }

        public void Note(string text) => Terminal.Progress.WriteLine(text);

        private void Describe() => _task!.Description = Markup.Escape(string.Create(
            CultureInfo.InvariantCulture, $"{_phase,-20} {_pace.Done}{(_total is null ? "" : $"/{_total}")}{_found}{_rung}  {_pace.Rate:0.0} trials/s"));
    }

    private sealed class Lines : IStudyProgress
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

        private string _phase = "";
        private long? _total;
        private Pace _pace = new();
        private long _written;

        public void Begin(string phase, long? total)
        {
            (_phase, _total, _pace, _written) = (phase, total, new Pace(), Stopwatch.GetTimestamp());
        }

        public void Advance(Trial trial, bool recorded, double? best)
        {
            foreach (string news in _pace.Add(trial, recorded))
            {
                Terminal.Error.WriteLine(news);
            }

            if (_pace.Done != _total && Stopwatch.GetElapsedTime(_written) < Interval)
            {
                return;
            }

            _written = Stopwatch.GetTimestamp();
            string found = best is { } value ? $", best {Number(value)}" : "";
            string remaining = _total is { } total && _pace.Rate > 0 && _pace.Done < total
                ? $", {TimeSpan.FromSeconds(Math.Min(1e9, Math.Ceiling((total - _pace.Done) / _pace.Rate))):g} left"
                : "";
            Terminal.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{_phase}: {_pace.Done}{(_total is null ? "" : $"/{_total}")} trials{found}, {_pace.Rate:0.0} trials/s{remaining}"));
        }

        public void Rung(int rung, int rungs, int candidates)
        {
            if (Stopwatch.GetElapsedTime(_written) < Interval)
            {
                return;
            }

            _written = Stopwatch.GetTimestamp();
            Terminal.Error.WriteLine($"{_phase}: {_pace.Done}{(_total is null ? "" : $"/{_total}")} trials{RungText(rung, rungs, candidates)}");
        }

        public void Note(string text) => Terminal.Error.WriteLine(text);
    }
}
