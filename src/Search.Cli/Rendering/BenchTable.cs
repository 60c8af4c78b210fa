using System.Globalization;
using Search.Benchmarks;
using Spectre.Console;

namespace Search.Cli.Rendering;

/// <summary>The tables of a benchmark of strategies, with the best recorded peer beside each cell.</summary>
internal static class BenchTable
{
    private static readonly View[] Views =
    [
        new(BenchmarkSuite.Plain, "evaluations_to", 1e-8, "evaluations to 10⁻⁸, median of the runs that got there (their number/all)"),
        new(BenchmarkSuite.Plain, "best_after_n", 30, "best value after 30 n evaluations, median"),
        new(BenchmarkSuite.Plain, "best_after_n", 100, "best value after 100 n evaluations, median"),
        new(BenchmarkSuite.Bbob, "targets_after_n", null, "share of 51 targets 10²…10⁻⁸ reached after so many times n evaluations, mean") { IsShare = true },
        new(BenchmarkSuite.Box, "evaluations_to", 1e-6, "evaluations to 10⁻⁶, median of the runs that got there (their number/all)"),
        new(BenchmarkSuite.High, "evaluations_to", 1e-8, "evaluations to 10⁻⁸, median of the runs that got there (their number/all)"),
        new(BenchmarkSuite.High, "best", null, "best value at the end, median"),
        new(BenchmarkSuite.Gp, "regret_after", null, "regret after so many evaluations, median [quartiles]") { HasQuartiles = true },
        new(BenchmarkSuite.Gp, "evaluations_to", 0.01, "evaluations to regret 0.01, median of the runs that got there (their number/all)"),
        new(BenchmarkSuite.Gp, "seconds", null, "seconds a run, median; the peers' were taken on another machine"),
        new(BenchmarkSuite.Merge, "gap_of_recommended_after", null, "points of true accuracy that the recommended point lacks after so many evaluations, median"),
        new(BenchmarkSuite.Merge, "gap_of_best_observed_after", null, "points of true accuracy that the best observed point lacks, median"),
        new(BenchmarkSuite.Merge, "optimism_after", null, "points by which the best observed point seems better than it is, median"),
        new(BenchmarkSuite.Brief, "best_after", null, "best value after so many evaluations, median"),
        new(BenchmarkSuite.Mixed, "best_after", null, "best value after so many evaluations, median"),
        new(BenchmarkSuite.Front, "front_share_after", null, "share of the true front's hypervolume that all trials have after so many evaluations, median") { IsMore = true },
        new(BenchmarkSuite.Front, "population_share_after", null, "share of the true front's hypervolume that the population has, median") { IsMore = true },
        new(BenchmarkSuite.MergeFront, "front_share_after", null, "share of the true front's hypervolume that the returned front (recommended, else measured) has in truth, median") { IsMore = true },
        new(BenchmarkSuite.MergeFront, "archive_share_after", null, "share of the true front's hypervolume that all trials have in truth, median") { IsMore = true },
        new(BenchmarkSuite.Overhead, "cpu_microseconds", null, "processor time of ask and tell, µs an evaluation; the peers' were taken on another machine"),
        new(BenchmarkSuite.Overhead, "held_megabytes", null, "managed memory that a search holds, megabytes"),
    ];

    /// <summary>Lays the tables out.</summary>
    /// <param name="cells">Our cells.</param>
    /// <param name="peers">The peers' in the same places.</param>
    public static IEnumerable<(string Title, Table Table)> Create(IReadOnlyList<BenchmarkCell> cells, IReadOnlyList<BenchmarkCell> peers)
    {
        ILookup<BenchmarkCell, BenchmarkCell> beside = peers.ToLookup(RecordedPeers.Place);
        foreach (View view in Views)
        {
            BenchmarkCell[] shown = [.. cells.Where(cell => cell.Suite == view.Suite && cell.Metric == view.Metric && (view.At is null || cell.At == view.At) && view.Shows(cell))];
            if (shown.Length == 0)
            {
                continue;
            }

            string[] strategies = [.. shown.Select(cell => cell.Strategy).Distinct()];
            bool hasPlaces = view.At is null && shown.Any(cell => cell.At is not null);
            Table table = new Table().Border(TableBorder.Simple);
            table.AddColumns("function", "n");
            if (hasPlaces)
            {
                table.AddColumn("after");
            }

            table.AddColumns([.. strategies.Append("best peer").Select(name => new TableColumn(Markup.Escape(name)).RightAligned()), new TableColumn("")]);
            foreach (IGrouping<BenchmarkCell, BenchmarkCell> place in shown.GroupBy(RecordedPeers.Place).OrderBy(group => group.Key.Problem == "all" ? 0 : 1))
            {
                BenchmarkCell? best = beside[place.Key].OrderByDescending(view.Rank).FirstOrDefault();
                table.AddRow(
                [
                    place.Key.Problem,
                    place.Key.Dimension.ToString(CultureInfo.InvariantCulture),
                    .. hasPlaces ? [place.Key.At!.Value.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
                    .. strategies.Select(strategy => view.Text(place.FirstOrDefault(cell => cell.Strategy == strategy))),
                    view.Text(best),
                    Markup.Escape(best?.Strategy ?? ""),
                ]);
            }

            yield return ($"{view.Suite}: {view.Title}", table);
        }
    }

    private sealed record View(string Suite, string Metric, double? At, string Title)
    {
        public bool IsShare { get; init; }

        public bool HasQuartiles { get; init; }

        public bool IsMore { get; init; } // better

        // Of BBOB, single functions are shown at the end of the budget only.
        public bool Shows(BenchmarkCell cell) => !IsShare || cell.Problem == "all" || cell.At == 1000;

        // What a reader would call best: most runs there, then the least effort.
        public (double Reached, double Less) Rank(BenchmarkCell cell) => IsShare
            ? (0, cell.Mean ?? 0)
            : IsMore ? (0, cell.Median ?? 0)
            : ((double)cell.Recorded / cell.Runs, -(cell.Median ?? double.PositiveInfinity));

        public string Text(BenchmarkCell? cell)
        {
            if (cell is null)
            {
                return "";
            }

            string reached = Metric == "evaluations_to" ? $" ({cell.Recorded}/{cell.Runs})" : "";
            return Markup.Escape($"{Number(IsShare ? cell.Mean : cell.Median)}{reached}{(HasQuartiles ? $" [{Number(cell.LowerQuartile)}, {Number(cell.UpperQuartile)}]" : "")}");
        }

        private string Number(double? value) => value switch
        {
            null => "–",
            >= 1000 and < 1e7 => value.Value.ToString("#,0", CultureInfo.InvariantCulture),
            _ => value.Value.ToString(IsShare ? "0.000" : "G3", CultureInfo.InvariantCulture),
        };
    }
}
