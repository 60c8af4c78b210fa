using System.Globalization;
using System.Text.Json;
using Search.Cli.Sweeps;
using Search.Storage;
using Spectre.Console;

namespace Search.Cli.Rendering;

/// <summary>The runs of a sweep side by side, the least objective first.</summary>
internal sealed class Leaderboard
{
    private const string Seed = "seed";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    // What is minimised, or on what, differs where one of these does: such values do not rank.
    private static readonly string[] Yardsticks = ["objectives", "tasks", "inputs", "evaluator.command", "evaluator.folder"];

    private readonly SweepFolder _folder;
    private readonly IReadOnlyList<SweepResult> _results;
    private readonly IReadOnlyList<string> _keys;
    private readonly bool _isRanked;
    private readonly bool _isSelected;

    public Leaderboard(SweepFolder folder)
    {
        _folder = folder;
        IReadOnlyList<SweepRow> runs = folder.Runs();
        SweepResult[] results = [.. runs.Select(run => SweepResult.Of(folder, run))];
        _keys = SweepRow.VariedKeys(runs);
        _isRanked = results.All(result => result.Search.Count <= 1) && !_keys.Any(key => Yardsticks.Any(yardstick => key == yardstick || key.StartsWith($"{yardstick}.", StringComparison.Ordinal) || yardstick.StartsWith($"{key}.", StringComparison.Ordinal)));
        _isSelected = results.Any(result => result.Select.Count > 0) && results.All(result => result.Select.Count > 0 || result.State != SweepFolder.Finished || result.Search.Count == 0);
        _results = _isRanked ? [.. results.OrderBy(result => Objectives(result) is [{ } value] ? value : double.PositiveInfinity)] : results;
    }

    /// <summary>Whether every run is finished.</summary>
    public bool IsDone => _results.All(result => result.State == SweepFolder.Finished);

    /// <summary>An objective, for people.</summary>
    public static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>Prints tables and a few lines.</summary>
    public void Print()
    {
        Terminal.Tables.Write(Runs());
        if (_isRanked && _keys.Contains(Seed))
        {
            Terminal.Tables.Write(Groups());
        }

        string[] names = [.. _results.Select(result => string.Join(", ", result.Names)).Where(name => name.Length > 0).Distinct()];
        Terminal.Out.WriteLine($"objective {(names is [{ } name] ? $"{name} " : "")}on {(_isSelected ? "select" : "search")} data, lower is better{(_isRanked ? "" : "; the studies differ in what it is, or have several, so that it does not rank them")}; accuracy: mean over tasks on report data");
        foreach (SweepResult result in _results.Where(result => result.Failure is not null).OrderBy(result => result.Run.RunId, StringComparer.Ordinal))
        {
            Terminal.Out.WriteLine($"failed    {result.Run.RunId}: {result.Failure} ({_folder.Log(result.Run.RunId)})");
        }

        Terminal.Out.WriteLine($"sweep     {_folder.Path}: {string.Join(", ", _results.CountBy(result => result.State).Select(state => $"{state.Value} {state.Key}"))} (search query {Path.GetFileName(_folder.Path)} \"SELECT … FROM trials JOIN runs USING (run_id)\")");
    }

    /// <summary>Prints one JSON object.</summary>
    public void PrintJson() => Console.Out.WriteLine(JsonSerializer.Serialize(
        new
        {
            Sweep = Path.GetFileName(_folder.Path),
            Folder = _folder.Path,
            States = _results.CountBy(result => result.State).ToDictionary(),
            Keys = _keys,
            Better = "lower",
            Runs = _results.Select(result => new
            {
                result.Run.RunId,
                result.State,
                result.Failure,
                Settings = result.Run.Settings.ToDictionary(),
                Objectives = result.Names,
                result.Search,
                result.Select,
                result.Accuracy,
                result.Evaluations,
                result.Failed,
                result.Seconds,
            }),
        },
        Json));

    /// <summary>Prints a line a run.</summary>
    public void PrintCsv() => QueryResultFormat.Csv(
        new QueryResult(
            [.. ((string[])["run_id", "state", .. _keys, "minimized", "search", "select", "accuracy", "evaluations", "failed", "seconds", "failure"]).Select(name => new QueryColumn(name, "VARCHAR"))],
            [.. _results.Select(result => (IReadOnlyList<object?>)
            [
                result.Run.RunId, result.State, .. _keys.Select(result.Run.Value), string.Join(", ", result.Names), Values(result.Search), Values(result.Select), result.Accuracy, result.Evaluations, result.Failed, result.Seconds, result.Failure,
            ])]),
        Console.Out);

    // A number where there is one objective.
    private static object? Values(IReadOnlyList<double> objectives) => objectives.Count switch
    {
        0 => null,
        1 => objectives[0],
        _ => objectives.Cast<object?>().ToArray(),
    };

    private IReadOnlyList<double> Objectives(SweepResult result) => _isSelected && result.Select.Count > 0 ? result.Select : result.Search;

    private Table Runs()
    {
        Table table = NewTable(_keys.Prepend("run"), "objective", "accuracy", "evaluations", "failed", "time");
        table.AddColumn("state");
        foreach (SweepResult result in _results)
        {
            table.AddRow([.. new[]
            {
                [result.Run.RunId],
                _keys.Select(key => result.Run.Value(key) ?? ""),
                [
                    Objectives(result) is { Count: > 0 } found ? string.Join(' ', found.Select(Number)) : "–",
                    result.Accuracy is { } accuracy ? Number(accuracy) : "–",
                    $"{result.Evaluations}",
                    $"{result.Failed}",
                    string.Create(CultureInfo.InvariantCulture, $"{result.Seconds:0.0} s"),
                    result.State,
                ],
            }.SelectMany(cells => cells).Select(Markup.Escape)]);
        }

        return table;
    }

    // What seeds make of the same settings.
    private Table Groups()
    {
        string[] keys = [.. _keys.Where(key => key != Seed)];
        Table table = NewTable(keys, "runs", "mean objective", "from", "to", "mean accuracy");
        var groups = _results.Where(result => result.State == SweepFolder.Finished && Objectives(result).Count == 1)
            .GroupBy(result => string.Join('\n', keys.Select(result.Run.Value)))
            .OrderBy(group => group.Average(result => Objectives(result)[0]));
        foreach (IGrouping<string, SweepResult> group in groups)
        {
            double[] found = [.. group.Select(result => Objectives(result)[0])];
            table.AddRow([.. keys.Select(key => group.First().Run.Value(key) ?? "")
                .Concat([$"{found.Length}", Number(found.Average()), Number(found.Min()), Number(found.Max()), group.All(result => result.Accuracy is not null) ? Number(group.Average(result => result.Accuracy!.Value)) : "–"])
                .Select(Markup.Escape)]);
        }

        return table;
    }

    private static Table NewTable(IEnumerable<string> left, params IEnumerable<string> right)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns([.. left.Select(Markup.Escape)]);
        foreach (string column in right)
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        return table;
    }
}
