using System.CommandLine;
using Search.Cli.Sweeps;
using Search.Results;
using Search.Storage;
using Spectre.Console;

namespace Search.Cli.Commands;

internal static class QueryCommand
{
    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        var sql = new Argument<string>("SQL") { Description = "A query over the tables trials and coefficients; of a sweep, whose trials are those of all of its runs, over runs too." };
        var format = new Option<string>("--format") { Description = "How to print.", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "csv", "json");
        Option<string> results = ResultsFolder.Option();
        var command = new Command("query", "Ask a run's ledger, or all of a sweep's, in SQL.\n\nExample: search query quickstart \"SELECT trial_id, objectives[1] AS objective FROM trials WHERE role = 'search' ORDER BY 2 LIMIT 5\"") { run, sql, format, results };
        command.SetAction(parsed =>
        {
            (string root, string name) = (parsed.GetRequiredValue(results), parsed.GetRequiredValue(run));
            using RunQuery query = SweepFolder.Find(root, name) is { } sweep
                ? RunQuery.OpenSweep(sweep.Path, [.. sweep.Runs().Select(row => KeyValuePair.Create(row.RunId, sweep.State(row.RunId)))], Terminal.Error.WriteLine)
                : RunQuery.Open(RunDirectory.Find(root, name).Path, Terminal.Error.WriteLine);
            QueryResult result = query.Execute(parsed.GetRequiredValue(sql));
            switch (parsed.GetRequiredValue(format))
            {
                case "csv":
                    QueryResultFormat.Csv(result, Console.Out);
                    break;
                case "json":
                    QueryResultFormat.Json(result, Console.Out);
                    break;
                default:
                    Table table = new Table().Border(TableBorder.Simple).AddColumns([.. result.Columns.Select(column => Markup.Escape(column.Name))]);
                    foreach (IReadOnlyList<string> row in QueryResultFormat.Table(result))
                    {
                        table.AddRow([.. row.Select(Markup.Escape)]);
                    }

                    Terminal.Tables.Write(table);
                    break;
            }
        });
        return command;
    }
}
