using System.Diagnostics;
using System.Reflection;
using Search.Checkpoints;
using Search.Cli.Rendering;
using Search.Controller;
using Search.Results;
using Search.Storage;
using Spectre.Console;

namespace Search.Cli;

/// <summary>What <c>run</c> and <c>resume</c> share: from an open, locked run to its table and verified export.</summary>
internal static class StudyRun
{
    public static string ProgramVersion { get; } = typeof(StudyRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Starts a new run.</summary>
    public static int Start(StudyDefinition study, string results, string? runId, CancellationToken cancellationToken)
    {
        using StudySession session = StudySession.Open(study);
        RunDirectory run = RunDirectory.Create(results, study.Name, runId, TimeProvider.System);
        using RunLock held = RunLock.Acquire(run.Path);
        AtomicFile.WriteAllText(run.Study, StudyText.Write(study, run.Path));
        CoefficientTable.Write(Path.Combine(run.Path, CoefficientTable.FileName), [.. Enumerable.Range(0, session.Space.Dimension).Select(index => new CoefficientRow
        {
            Index = index,
            Name = session.Space.Name(index),
            Expert = session.Space.Expert(index),
            Block = session.Space.Group(index) is { Length: > 0 } block ? block : null,
            Tensors = session.Space.Tensors(index),
            Lower = study.Merge.Lower,
            Upper = study.Merge.Upper,
            Initial = study.Merge.Initial,
        })]);
        var manifest = new RunManifest
        {
            RunId = run.RunId,
            Study = study.Name,
            CreatedAt = TimeProvider.System.GetUtcNow(),
            Seed = study.Seed,
            State = "running",
            Version = ProgramVersion,
            Engine = $"{session.Evaluator.Engine} {session.Evaluator.Version} {session.Evaluator.Device}",
            Threads = study.Evaluator.Threads == 0 ? Environment.ProcessorCount : study.Evaluator.Threads,
            Inputs = [.. session.InputFiles().Select(path => RunInput.Of(run, path))],
        };
        manifest.Write(run);
        return Continue(session, run, manifest, cancellationToken);
    }

    /// <summary>Goes on where a run stopped.</summary>
    public static int Resume(RunDirectory run, CancellationToken cancellationToken)
    {
        using RunLock held = RunLock.Acquire(run.Path);
        RunManifest manifest = RunManifest.Read(run);
        manifest.CheckInputs(run);
        using StudySession session = StudySession.Open(StudyFile.Read(run.Study, []));
        return Continue(session, run, manifest, cancellationToken);
    }

    private static int Continue(StudySession session, RunDirectory run, RunManifest manifest, CancellationToken cancellationToken)
    {
        Terminal.Error.WriteLine($"run       {run.Path}");
        Terminal.Error.WriteLine($"models    {session.Family.Experts.Count} experts, {session.Family.Layout.ElementCount:N0} merged parameters, {session.Space.Dimension} coefficients ({StudyText.Word(session.Study.Merge.Granularity)})");
        Terminal.Error.WriteLine($"engine    {manifest.Engine}, {manifest.Threads} threads");
        long start = Stopwatch.GetTimestamp();
        string reason;
        IReadOnlyList<Trial> trials;
        using (ParquetTrialLog log = ParquetTrialLog.Open(run.Path, run.RunId))
        {
            try
            {
                reason = ProgressDisplay.Show(progress => new StudyController(
                    session.Study, session.Space, session.CreateScorer(), session.CreateStrategy(), log, progress, TimeProvider.System).Run(cancellationToken));
            }
            catch (OperationCanceledException)
            {
                Terminal.Error.WriteLine($"Stopped. Everything finished is recorded; continue with: search resume {run.Path}");
                throw;
            }
            catch (SearchException)
            {
                Terminal.Error.WriteLine($"Everything recorded is kept; once the cause is mended, continue with: search resume {run.Path}");
                throw;
            }

            trials = log.Read();
        }

        StudySummary summary = StudySummary.Of(trials);
        string export = "no candidate could be scored, so there is nothing to export";
        if (summary.Winner is { } winner)
        {
            IReadOnlyList<double> verified = VerifiedExport.Write(session, run, winner, run.Best, TensorType.F32, cancellationToken);
            export = $"{run.Best} (read back and scored again: {verified[0]:0.000000}, ledger {winner.Objectives[0]:0.000000})";
        }

        (manifest with { State = "finished", StopReason = reason }).Write(run);
        Terminal.Tables.Write(StudyTable.Create(session.Study, summary));
        Terminal.Out.WriteLine($"ended     {reason}; {trials.Count(trial => trial.State == TrialState.Failed)} failed; {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s in this session");
        Terminal.Out.WriteLine($"trials    {Path.Combine(run.Path, "trials")} (Parquet; search query {run.RunId} \"SELECT …\")");
        Terminal.Out.WriteLine($"model     {export}");
        return summary.Winner is null ? ExitCodes.Failed : ExitCodes.Ok;
    }
}
