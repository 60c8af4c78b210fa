using System.CommandLine;

namespace Search.Cli;

/// <summary>Lets a process that starts runs stop them without a signal: they end when it closes their standard input, or is gone.</summary>
internal static class EndOfInput
{
    /// <summary>The option.</summary>
    public static Option<bool> Option() => new("--stop-with-input") { Description = "Stop, as Ctrl-C does, when standard input ends." };

    /// <summary>Watches standard input until the process ends.</summary>
    /// <param name="wanted">Whether to.</param>
    /// <param name="cancellationToken">What else stops the process.</param>
    /// <returns>A token that is cancelled by either.</returns>
    public static CancellationToken Watch(bool wanted, CancellationToken cancellationToken)
    {
        if (!wanted)
        {
            return cancellationToken;
        }

        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watcher = new Thread(() =>
        {
            using Stream input = Console.OpenStandardInput();
            byte[] ignored = new byte[256];
            while (input.Read(ignored) > 0)
            {
            }

            source.Cancel();
        })
        { IsBackground = true };
        watcher.Start();
        return source.Token;
    }
}
