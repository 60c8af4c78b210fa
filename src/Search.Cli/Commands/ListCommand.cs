using System.CommandLine;
using System.Globalization;
using Search.Controller;
using Search.Results;
using Search.Storage;
using Spectre.Console;

namespace Search.Cli.Commands;

internal static class ListCommand
{
    public static Command Create()
    {
        Option<string> results = ResultsFolder.Option();
        var command = new Command("list", "List the runs of the results folder.\n\nExample: search list --out results") { results };
        command.SetAction(parsed =>
        {
            string root = parsed.GetRequiredValue(results);
            RunDirectory[] runs = [.. RunDirectory.All(root)];
            if (runs.Length == 0)
            {
                Terminal.Out.WriteLine($"no runs in {Path.GetFullPath(root)}");
                return;
            }

            Table table = new Table().Border(TableBorder.Simple).AddColumns("study", "run", "state", "trials", "failed", "best (lower is better)", "began (UTC)");
            foreach (RunDirectory run in runs)
            {
                var study = RunStudy.Of(run);
                RunManifest manifest;
                LedgerBrief ledger;
                try
                {
                    manifest = RunManifest.Read(run);
                    ledger = LedgerBrief.Read(run.Path, Terminal.Error.WriteLine, study.Study);
                }
                catch (SearchException exception)
                {
                    table.AddRow(Markup.Escape(run.StudyName), Markup.Escape(run.RunId), "damaged", "–", "–", "–", "–");
                    Terminal.Error.WriteLine(exception.Message);
                    continue;
                }

                table.AddRow(
                    Markup.Escape(run.StudyName),
                    Markup.Escape(run.RunId),
                    RunState.Of(run, manifest),
                    ledger.Searched.ToString(CultureInfo.InvariantCulture),
                    ledger.Failed.ToString(CultureInfo.InvariantCulture),
                    study.Winner(ledger.Trials) is { } winner ? Markup.Escape(string.Join(' ', winner.Objectives.Select((value, index) => string.Create(CultureInfo.InvariantCulture, $"{study.Names.ElementAtOrDefault(index)} {value:0.0000}").TrimStart()))) : "–",
                    manifest.CreatedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
            }

            Terminal.Tables.Write(table);
        });
        return command;
    }
}
