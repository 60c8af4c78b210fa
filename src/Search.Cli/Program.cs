using System.CommandLine;
using Search.Cli;
using Search.Cli.Commands;

var verbose = new Option<bool>("--verbose") { Description = "Show the stack trace of an error.", Recursive = true };
var root = new RootCommand("Finds merge coefficients: one base model, its fine-tuned experts and unlabeled batches in; one better merged model out.")
{
    verbose,
    RunCommand.Create(),
    ResumeCommand.Create(),
    SweepCommand.Create(),
    ListCommand.Create(),
    ShowCommand.Create(),
    ParetoCommand.Create(),
    ReportCommand.Create(),
    ExportCommand.Create(),
    InspectCommand.Create(),
    MergeCommand.Create(),
    EvaluateCommand.Create(),
    DoctorCommand.Create(),
    BenchCommand.Create(),
    QueryCommand.Create(),
    TrustCommand.Create(),
    AskTellCommand.Create(),
};

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    Terminal.Error.WriteLine(parsed.Errors[0].Message);
    Terminal.Error.WriteLine($"See: search {string.Join(' ', parsed.CommandResult.Command == root ? [] : new[] { parsed.CommandResult.Command.Name })} --help".Replace("  ", " ", StringComparison.Ordinal));
    return ExitCodes.Usage;
}

try
{
    // Ctrl-C cancels the token; the write under way ends first. The ledger is safe even if the wait is cut short.
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
}
catch (OperationCanceledException)
{
    return ExitCodes.Cancelled;
}
catch (Exception exception)
{
    string message = exception is Search.SearchException or Search.Native.NativeException ? exception.Message : $"unexpected {exception.GetType().Name}: {exception.Message}";
    Terminal.Error.WriteLine($"search: {message}");
    if (parsed.GetValue(verbose))
    {
        Terminal.Error.WriteLine(exception.ToString());
    }

    return ExitCodes.Failed;
}
