using System.CommandLine;
using System.Globalization;
using Search.Cli.Reports;
using Search.Results;

namespace Search.Cli.Commands;

internal static class ReportCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "A run's folder, its name, its study's name for the latest; a sweep's folder or name for its runs; or a folder of runs. Several may be named.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("-o", "--output") { Description = "The file to write; by default report.html in the run's folder, or in the current one for several runs.", HelpName = "FILE" };
        Option<string> results = ResultsFolder.Option();
        var command = new Command(
            "report",
            "Write one HTML file with charts of a run, or of several side by side: it needs no network, and works while a run does.\n\nExample: search report quickstart -o report.html\nExample: search report my-sweep -o compared.html")
        {
            runs, output, results,
        };
        command.SetAction(parsed =>
        {
            RunDirectory[] directories = [.. parsed.GetRequiredValue(runs).SelectMany(name => ReportRun.Find(parsed.GetRequiredValue(results), name)).DistinctBy(run => run.Path)];
            string path = parsed.GetValue(output) is { } file ? Path.GetFullPath(file) : directories is [var only] ? only.Report : Path.GetFullPath("report.html");
            long bytes = StudyReport.Write(path, directories);
            Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"report    {path} ({bytes / 1e6:0.0} MB; opens in any browser, needs no network)"));
        });
        return command;
    }
}
