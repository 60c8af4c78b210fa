using System.Collections.Concurrent;
using System.Globalization;
using Search.Cli.Sweeps;
using Spectre.Console;

namespace Search.Cli.Rendering;

/// <summary>Shows a sweep at work on standard error: a line for each study that has ended and, on a terminal, one for each that runs.</summary>
internal sealed class SweepDisplay
{
    private readonly ConcurrentDictionary<SweepMember, ProgressTask> _running = [];
    private readonly ProgressContext? _context;
    private readonly ProgressTask? _all;
    private readonly Lock _lines = new();
    private readonly int _total;
    private int _done;

    private SweepDisplay(int total, int done, ProgressContext? context)
    {
        (_total, _done, _context) = (total, done, context);
        _all = context?.AddTask("studies", maxValue: total);
        _all?.Value = done;
    }

    /// <summary>Runs something that reports progress.</summary>
    /// <param name="total">How many studies there are.</param>
    /// <param name="done">How many of them are done.</param>
    /// <param name="work">What to run.</param>
    public static Task ShowAsync(int total, int done, Func<SweepDisplay, Task> work) => Terminal.Progress.Profile.Capabilities.Interactive && !Console.IsErrorRedirected && done < total
        ? Terminal.Progress.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn())
            .StartAsync(context => work(new SweepDisplay(total, done, context)))
        : work(new SweepDisplay(total, done, null));

    /// <summary>A study begins.</summary>
    public void Begin(SweepMember member)
    {
        if (_context?.AddTask(Markup.Escape(member.Title)) is { } task)
        {
            task.IsIndeterminate = true;
            _running[member] = task;
        }
    }

    /// <summary>Its process says something.</summary>
    public void Hear(SweepMember member, string line)
    {
        if (_running.TryGetValue(member, out ProgressTask? task))
        {
            task.Description = Markup.Escape($"{member.Title}  {line}");
        }
        else if (line.StartsWith("paused ", StringComparison.Ordinal) || line is "recording again" or "writing again")
        {
            lock (_lines)
            {
                Terminal.Error.WriteLine($"{member.Run.RunId} {line}");
            }
        }
    }

    /// <summary>It has ended.</summary>
    public void End(SweepMember member, SweepResult result)
    {
        if (_running.TryRemove(member, out ProgressTask? task))
        {
            task.StopTask();
        }

        lock (_lines)
        {
            _done += result.State == SweepFolder.Finished ? 1 : 0;
            _all?.Value = _done;
            string found = result.Failure is { } failure ? $": {failure}"
                : string.Create(CultureInfo.InvariantCulture, $": objective {(result.Search.Count > 0 ? string.Join(' ', result.Search.Select(Leaderboard.Number)) : "–")}, {result.Evaluations} evaluations, {result.Seconds:0.0} s");
            string line = $"{_done}/{_total} {result.State} {result.Run.RunId} {member.Title}{found}";
            if (_context is null)
            {
                Terminal.Error.WriteLine(line);
            }
            else
            {
                Terminal.Progress.WriteLine(line);
            }
        }
    }
}
