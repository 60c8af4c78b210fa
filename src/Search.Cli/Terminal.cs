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

    /// <summary>What a person types to run a command of this program.</summary>
    /// <param name="words">The command and its arguments.</param>
    public static string Command(params IEnumerable<string> words)
    {
        string program = Environment.GetEnvironmentVariable("SEARCH_COMMAND") is { Length: > 0 } command ? command : "search";
        static string Quote(string text) => text.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_') ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
        return string.Join(' ', words.Prepend(program).Select(Quote));
    }

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
