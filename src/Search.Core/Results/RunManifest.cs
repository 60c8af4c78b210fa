using System.Runtime.InteropServices;
using System.Text.Json;

namespace Search.Results;

/// <summary>What a run was made from and on: <c>manifest.json</c>.</summary>
public sealed record RunManifest
{
    private const int KnownVersion = 1;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The manifest's format.</summary>
    public int SchemaVersion { get; init; } = KnownVersion;

    /// <summary>The run's name.</summary>
    public required string RunId { get; init; }

    /// <summary>The study's name.</summary>
    public required string Study { get; init; }

    /// <summary>When the run began, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The study's seed.</summary>
    public required long Seed { get; init; }

    /// <summary><c>running</c> until the budget is spent, then <c>finished</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why the search ended, or null while it has not.</summary>
    public string? StopReason { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>The engine, its version and its device.</summary>
    public required string Engine { get; init; }

    /// <summary>How many compute threads the engine had; scores are reproducible bit for bit on the same machine and thread count.</summary>
    public required int Threads { get; init; }

    /// <summary>The operating system, processor architecture and runtime.</summary>
    public string Machine { get; init; } = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}";

    /// <summary>The files the run reads.</summary>
    public required IReadOnlyList<RunInput> Inputs { get; init; }

    /// <summary>The budget that a finished run was extended to, or null while it is the study's.</summary>
    public RunBudget? Budget { get; init; }

    /// <summary>What was done to the run since it began: extended, or gone on with although something had changed.</summary>
    public IReadOnlyList<RunNote> Notes { get; init; } = [];

    /// <summary>What the strategy said of its own model when the search last ended, one sentence each; none before that.</summary>
    public IReadOnlyList<string> StrategyNotes { get; init; } = [];

    /// <summary>Reads a run's manifest.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="SearchException">It is missing, damaged or a newer program's.</exception>
    public static RunManifest Read(RunDirectory run)
    {
        try
        {
            RunManifest manifest = JsonSerializer.Deserialize<RunManifest>(File.ReadAllBytes(run.Manifest), Json) ?? throw new JsonException("it holds nothing");
            return manifest.SchemaVersion <= KnownVersion ? manifest
                : throw new SearchException($"{run.Manifest}: was written by a newer program: schema_version {manifest.SchemaVersion}, where this program knows those up to {KnownVersion}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SearchException($"{run.Manifest}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Writes the manifest, whole or not at all.</summary>
    /// <param name="run">The run.</param>
    public void Write(RunDirectory run) => AtomicFile.WriteAllText(run.Manifest, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Which inputs are not what the run began with.</summary>
    /// <param name="run">The run, whose folder input paths are relative to.</param>
    /// <returns>What has changed of each such file: what was recorded, and what is there.</returns>
    public IReadOnlyList<string> ChangedInputs(RunDirectory run) => [.. Inputs.Select(input => input.Change(run)).OfType<string>()];

    /// <summary>Refuses inputs that are not what the run began with.</summary>
    /// <param name="run">The run, whose folder input paths are relative to.</param>
    /// <exception cref="SearchException">A file is gone or has changed; the message names every such file.</exception>
    public void CheckInputs(RunDirectory run)
    {
        if (ChangedInputs(run) is { Count: > 0 } changes)
        {
            throw new SearchException($"run {RunId}: its inputs are not those it began with: {string.Join("; ", changes)}.");
        }
    }
}
