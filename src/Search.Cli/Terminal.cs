using Spectre.Console;

namespace Search.Cli;

/// <summary>Where results (standard output) and everything else (standard error) go.</summary>
internal static class Terminal
{
    /// <summary>Plain text on standard error.</summary>
    public static TextWriter Error => Console.Error;

    /// <summary>Plain results on standard output.</summary>
    public static TextWriter Out => Console.Out;

    /// <summary>Tables on standard output, as wide as they need to be when it is not a terminal.</summary>
    public static IAnsiConsole Tables { get; } = Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>Progress.</summary>
    public static IAnsiConsole Progress { get; } = Create(Console.Error, Console.IsErrorRedirected);

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected)
        {
            console.Profile.Width = 10_000;
        }

        return console;
    }
}
