using Search.Evaluation;
using Search.Results;

namespace Search.Storage.Tests;

/// <summary>Trials for tests, and their comparison bit for bit.</summary>
internal static class Trials
{
    public static Trial Create(long id, DataRole role = DataRole.Search, int coefficients = 3) => new()
    {
        Id = id,
        Parent = id == 0 ? null : id - 1,
        Strategy = "cma_es",
        Generation = (int)(id / 16),
        Role = role,
        State = TrialState.Complete,
        Fidelity = 8,
        Seed = 1,
        Coefficients = [.. Enumerable.Range(0, coefficients).Select(i => Math.Sin(id + (i * 0.1)))],
        Objectives = [Math.Cos(id)],
        Scores = new Dictionary<string, double> { ["fashion/entropy"] = 0.1 * id, ["digits/entropy"] = Math.Cos(id) },
        Blocks = new Dictionary<string, IReadOnlyList<double>> { ["fashion/entropy"] = [.. Enumerable.Range(0, (int)(id % 5)).Select(i => Math.Sin(id * i))] },
        StartedAt = new DateTimeOffset(2025, 3, 4, 5, 6, 7, TimeSpan.Zero).AddMicroseconds(id),
        MergeMs = 1.25,
        ForwardMs = 100 / 3.0,
        ObjectiveMs = 0.5,
        Bytes = 1L << 40,
        Engine = "onnxruntime",
        Device = "cpu",
    };

    public static void AssertEqual(IReadOnlyList<Trial> actual, IReadOnlyList<Trial> expected)
    {
        Assert.That(actual.Select(Describe), Is.EqualTo(expected.Select(Describe)));
    }

    /// <summary>Everything a row keeps, doubles as their bits, scores in ordinal order.</summary>
    public static string Describe(Trial trial) => string.Join(
        '|',
        trial.Id,
        trial.Parent,
        trial.Strategy,
        trial.Generation,
        trial.Label ?? "<null>",
        trial.Role,
        trial.State,
        trial.Reason ?? "<null>",
        trial.Fidelity,
        trial.Seed,
        Bits(trial.Coefficients),
        Bits(trial.Objectives),
        string.Join(',', trial.Scores.OrderBy(score => score.Key, StringComparer.Ordinal).Select(score => $"{score.Key}={Bits([score.Value])}")),
        string.Join(',', trial.Blocks.OrderBy(score => score.Key, StringComparer.Ordinal).Select(score => $"{score.Key}={Bits(score.Value)}")),
        trial.Gradient is null ? "<null>" : Bits(trial.Gradient),
        trial.StartedAt.UtcTicks / TimeSpan.TicksPerMicrosecond,
        Bits([trial.MergeMs, trial.ForwardMs, trial.BackwardMs, trial.ObjectiveMs]),
        trial.Bytes,
        trial.Engine,
        trial.Device,
        trial.Rung);

    private static string Bits(IReadOnlyList<double> values) =>
        $"[{string.Join(' ', values.Select(value => BitConverter.DoubleToUInt64Bits(value).ToString("x16", null)))}]";
}
