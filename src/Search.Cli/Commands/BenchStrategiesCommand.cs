using System.CommandLine;
using System.Text.Json;
using Search.Benchmarks;
using Search.Cli.Rendering;
using Search.Storage;
using Spectre.Console;

namespace Search.Cli.Commands;

internal static class BenchStrategiesCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var suites = new Option<string[]>("--suite") { Description = "Which suites; all by default.", AllowMultipleArgumentsPerToken = true };
        suites.AcceptOnlyFromAmong([.. BenchmarkSuite.Names, "all"]);
        var strategies = new Option<string[]>("--strategy")
        {
            Description = "Which strategies, with settings as studies write them.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["cma_es"], HelpName = "NAME[,KEY=VALUE…]",
        };
        var problems = new Option<string[]>("--problem") { Description = "Which functions of the suites; all by default.", AllowMultipleArgumentsPerToken = true, HelpName = "NAME" };
        var dimensions = new Option<int[]>("--dimensions") { Description = "How many coefficients; the protocol's sizes by default.", AllowMultipleArgumentsPerToken = true, HelpName = "N" };
        var seeds = new Option<int?>("--seeds") { Description = "Runs on each function and size; the protocol's number by default.", HelpName = "N" };
        var evaluations = new Option<long?>("--evaluations") { Description = "At most so many evaluations a run, where the protocol has more.", HelpName = "N" };
        var threads = new Option<int>("--threads") { Description = "Runs at once; 0 for one a core.", HelpName = "N" };
        var output = new Option<string[]>("--out") { Description = "Where to write what was recorded; may be repeated.", HelpName = "FILE.parquet|FILE.csv" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("strategies", "Run search strategies on functions with known optima, beside what other programs needed.\n\nExample: search bench strategies --suite plain --strategy cma_es --dimensions 10 --seeds 5 --out bench.parquet")
        {
            suites, strategies, problems, dimensions, seeds, evaluations, threads, output, json,
        };
        dimensions.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>().Any(n => n < 2))
            {
                result.AddError("--dimensions must be at least 2.");
            }
        });
        output.Validators.Add(result =>
        {
            if ((result.GetValueOrDefault<string[]>() ?? []).FirstOrDefault(file => Path.GetExtension(file) is not (".parquet" or ".csv")) is { } file)
            {
                result.AddError($"--out {file}: must end in .parquet or .csv.");
            }
        });
        seeds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
            {
                result.AddError($"--seeds must be at least 1, got {result.GetValueOrDefault<int?>()}.");
            }
        });
        evaluations.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long?>() < 1)
            {
                result.AddError($"--evaluations must be at least 1, got {result.GetValueOrDefault<long?>()}.");
            }
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            string[] chosen = parsed.GetValue(suites) is { Length: > 0 } some && !some.Contains("all") ? some : [.. BenchmarkSuite.Names];
            string[] names = parsed.GetValue(problems) ?? [];
            BenchmarkEntrant[] entrants = [.. parsed.GetRequiredValue(strategies).Select(label => new BenchmarkEntrant(label))];
            int[]? sizes = parsed.GetValue(dimensions) is { Length: > 0 } given ? given : null;
            int atOnce = parsed.GetValue(threads) is int set and > 0 ? set : Environment.ProcessorCount;
            ILookup<string, BenchmarkProblem> all = chosen.SelectMany(suite => BenchmarkSuite.Problems(suite, sizes, parsed.GetValue(seeds)))
                .Select(problem => parsed.GetValue(evaluations) is { } most ? problem.Within(most) : problem).ToLookup(problem => problem.Suite);
            if (names.Except(all.SelectMany(problem => problem).Select(problem => problem.Name)).FirstOrDefault() is { } unknown)
            {
                throw new SearchException($"--problem {unknown}: no function of the suites {string.Join(", ", chosen)} has that name.");
            }

            string[] files = parsed.GetValue(output) ?? [];
            foreach (string file in files)
            {
                BenchmarkTable.Probe(file); // not to find out after hours
            }

            var rows = new List<BenchmarkRow>();
            foreach (string suite in chosen)
            {
                BenchmarkProblem[] selected = [.. all[suite].Where(problem => names.Length == 0 || names.Contains(problem.Name))];
                rows.AddRange(suite == BenchmarkSuite.Overhead
                    ? Measure(sizes ?? OverheadBenchmark.Dimensions, entrants, cancellationToken)
                    : BenchProgress.Show(suite, selected.Length * entrants.Length, advance => new BenchmarkRunner(atOnce).Run(selected, entrants, advance, cancellationToken)));
            }

            IReadOnlyList<BenchmarkCell> cells = BenchmarkCell.Of(rows);
            IReadOnlyList<BenchmarkCell> peers = RecordedPeers.Beside(cells);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(new { Cells = cells, Peers = peers }, Json));
            }
            else
            {
                foreach ((string title, Table table) in BenchTable.Create(cells, peers))
                {
                    Terminal.Out.WriteLine(title);
                    Terminal.Tables.Write(table);
                }
            }

            foreach (string file in files)
            {
                BenchmarkTable.Write(file, rows);
            }

            return ExitCodes.Ok;
        }, cancellationToken));
        return command;
    }

    // One after the other: the processor time is the whole process's.
    private static List<BenchmarkRow> Measure(IReadOnlyList<int> sizes, BenchmarkEntrant[] entrants, CancellationToken cancellationToken) =>
        BenchProgress.Show(BenchmarkSuite.Overhead, sizes.Count * entrants.Length, advance =>
        {
            var rows = new List<BenchmarkRow>();
            int done = 0;
            foreach (int n in sizes)
            {
                foreach (BenchmarkEntrant entrant in entrants)
                {
                    rows.AddRange(OverheadBenchmark.Measure(entrant, n, cancellationToken));
                    advance(++done);
                }
            }

            return rows;
        });
}
