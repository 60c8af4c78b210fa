using System.Globalization;
using Search.Benchmarks;

namespace Search.Cli;

/// <summary>What other programs needed on the same problems, as <c>experiments/strategies/peers.csv</c> records it.</summary>
internal static class RecordedPeers
{
    /// <summary>The peers' cells that stand beside ours.</summary>
    /// <param name="cells">Our cells.</param>
    public static IReadOnlyList<BenchmarkCell> Beside(IReadOnlyList<BenchmarkCell> cells)
    {
        HashSet<BenchmarkCell> ours = [.. cells.Select(Place)];
        return [.. Read().Where(peer => ours.Contains(Place(peer)))];
    }

    /// <summary>The cell without whose it is and what it holds.</summary>
    public static BenchmarkCell Place(BenchmarkCell cell) => cell with { Strategy = "", Median = null, Mean = null, LowerQuartile = null, UpperQuartile = null, Recorded = 0, Runs = 0 };

    private static IEnumerable<BenchmarkCell> Read()
    {
        using Stream stream = typeof(RecordedPeers).Assembly.GetManifestResourceStream("peers.csv")!;
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            string[] field = line.Split(',');
            double? Number(int i) => field[i].Length == 0 ? null : double.Parse(field[i], CultureInfo.InvariantCulture);
            int Count(int i) => int.Parse(field[i], CultureInfo.InvariantCulture);
            yield return new BenchmarkCell(field[0], field[1], field[2], Count(3), field[4], Number(5), Number(6), Number(7), Number(8), Number(9), Count(10), Count(11));
        }
    }
}
