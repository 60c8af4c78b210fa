using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Search.Cli.Rendering;

/// <summary>Shows a benchmark at work on standard error: a live bar on a terminal, plain lines elsewhere.</summary>
internal static class BenchProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Does something that reports how many of its runs are done, from any thread.</summary>
    public static T Show<T>(string phase, int total, Func<Action<int>, T> work)
    {
        if (Terminal.Progress.Profile.Capabilities.Interactive && !Console.IsErrorRedirected)
        {
            return Terminal.Progress.Progress().AutoClear(true)
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new RemainingTimeColumn { Style = Style.Plain })
                .Start(context =>
                {
                    ProgressTask task = context.AddTask(Markup.Escape(phase), maxValue: total);
                    return work(_ => task.Increment(1));
                });
        }

        var gate = new Lock();
        long start = Stopwatch.GetTimestamp();
        long written = start;
        return work(done =>
        {
            lock (gate)
            {
                if (done == total || Stopwatch.GetElapsedTime(written) >= Interval)
                {
                    written = Stopwatch.GetTimestamp();
                    Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{phase}: {done}/{total} runs, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s"));
                }
            }
        });
    }
}
