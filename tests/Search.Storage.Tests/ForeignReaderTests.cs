using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Search.Evaluation;
using Search.Results;

namespace Search.Storage.Tests;

internal sealed class ForeignReaderTests : StorageFixture
{
    private static readonly double[] Corners = [0.0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue, 0.1];

    [Test]
    public void Hyparquet_Parts_GivesEqualValues([Values] bool compacted)
    {
        string project = FindProject();
        Trial[] trials =
        [
            Trials.Create(0) with { Gradient = Corners, Coefficients = [.. Corners.Reverse()], Label = "lambda:0.3", Reason = "naïve 😀" },
            Trials.Create(1, DataRole.Report) with { Coefficients = [], Objectives = [], Scores = new Dictionary<string, double>(), State = TrialState.Failed },
            .. Enumerable.Range(2, 20).Select(id => Trials.Create(id, coefficients: 28)),
        ];
        using (ParquetTrialLog log = ParquetTrialLog.Open(Run, "run"))
        {
            foreach (Trial[] batch in trials.Chunk(9))
            {
                log.Append(batch);
            }

            if (compacted)
            {
                log.Compact();
            }
        }

        JsonElement[] files = [.. PartNames().Select(name => ReadWithNode(project, Path.Combine(Parts, name)))];

        Assert.That(files, Has.Length.EqualTo(compacted ? 1 : 3));
        Assert.That(files.Select(file => file.GetProperty("codecs")[0].GetString()), Has.All.EqualTo("ZSTD"));
        Assert.That(files.SelectMany(file => file.GetProperty("rows").EnumerateArray()).Select(Row), Is.EqualTo(trials.Select(Row)));
    }

    [Test]
    public void Hyparquet_Coefficients_GivesEqualValues()
    {
        string project = FindProject();
        string path = Path.Combine(Run, CoefficientTable.FileName);
        CoefficientTable.Write(path, [new CoefficientRow { Index = 5, Name = "n", Tensors = ["a", "b"], Start = 7, Length = 9, Lower = -0.0, Upper = 1, Initial = 0.1, Shares = [1, 0.25] }]);

        JsonElement row = ReadWithNode(project, path).GetProperty("rows")[0];

        Assert.That(row.EnumerateObject().Select(column => column.Name), Is.EqualTo("index name expert block tensors start length lower upper initial shares".Split(' ')));
        Assert.That(Row(row), Is.EqualTo($"{Bits(5)}|n|||a b|7|9|{Bits(-0.0)}|{Bits(1)}|{Bits(0.1)}|{Bits([1, 0.25])}"));
    }

    // The columns one by one, as read-parquet.mjs prints them; 32-bit integers are numbers there.
    private static string Row(Trial trial) => string.Join(
        '|',
        "run",
        trial.Id,
        trial.Parent,
        trial.Strategy,
        Bits(trial.Generation),
        trial.Label,
        trial.Role.ToString().ToLowerInvariant(),
        trial.State.ToString().ToLowerInvariant(),
        trial.Reason,
        Bits(trial.Fidelity),
        trial.Seed,
        Bits(trial.Coefficients),
        Bits(trial.Objectives),
        string.Join(' ', trial.Scores.OrderBy(score => score.Key, StringComparer.Ordinal).Select(score => $"{score.Key}={Bits(score.Value)}")),
        string.Join(' ', trial.Blocks.OrderBy(score => score.Key, StringComparer.Ordinal).Select(score => $"{score.Key}={string.Join(',', score.Value.Select(value => Bits(value)))}")),
        trial.Gradient is null ? string.Empty : Bits(trial.Gradient),
        (trial.StartedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
        Bits(trial.MergeMs),
        Bits(trial.ForwardMs),
        Bits(trial.BackwardMs),
        Bits(trial.ObjectiveMs),
        trial.Bytes,
        trial.Engine,
        trial.Device,
        Bits(trial.Rung),
        Bits(3));

    private static string Row(JsonElement row) => string.Join('|', row.EnumerateObject().Select(column => column.Value.ValueKind switch
    {
        JsonValueKind.Array => string.Join(' ', column.Value.EnumerateArray().Select(element => element.GetString())),
        JsonValueKind.Object => string.Join(' ', column.Value.EnumerateObject().Select(entry => $"{entry.Name}={(entry.Value.ValueKind == JsonValueKind.Array ? string.Join(',', entry.Value.EnumerateArray().Select(element => element.GetString())) : entry.Value.GetString())}")),
        _ => column.Value.GetString(),
    }));

    private static string Bits(IEnumerable<double> values) => string.Join(' ', values.Select(value => Bits(value)));

    private static string? Bits(double? value) => value switch
    {
        null => null,
        double.NaN => "NaN",
        _ => BitConverter.DoubleToUInt64Bits(value.Value).ToString("x16", CultureInfo.InvariantCulture),
    };

    private static JsonElement ReadWithNode(string project, string path)
    {
        using Process node = Process.Start(new ProcessStartInfo("node", [Path.Combine(project, "read-parquet.mjs"), path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = node.StandardError.ReadToEndAsync();
        string output = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        Assert.That(node.ExitCode, Is.Zero, errors.Result);
        return JsonDocument.Parse(output).RootElement;
    }

    private static string FindProject()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "read-parquet.mjs")))
            {
                if (!Directory.Exists(Path.Combine(folder.FullName, "node_modules", "hyparquet")))
                {
                    Assert.Ignore($"hyparquet is not installed: run 'npm ci --ignore-scripts' in {folder.FullName}");
                }

                return folder.FullName;
            }
        }

        Assert.Ignore("read-parquet.mjs is not above the test assembly");
        return string.Empty;
    }
}
