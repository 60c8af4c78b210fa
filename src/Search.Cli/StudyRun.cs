using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Search.Checkpoints;
using Search.Cli.Export;
using Search.Cli.Rendering;
using Search.Cli.Reports;
using Search.Controller;
using Search.Evaluation;
using Search.Evaluation.Command;
using Search.Results;
using Search.Storage;
using Search.Strategies;
using Search.Yaml;
using Spectre.Console;

namespace Search.Cli;

/// <summary>What <c>run</c> and <c>resume</c> share: from an open, locked run to its table and verified export.</summary>
internal static class StudyRun
{
    public static string ProgramVersion { get; } = typeof(StudyRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Starts a new run.</summary>
    public static int Start(StudyDefinition study, string results, string? runId, CancellationToken cancellationToken)
    {
        study.CheckObjectives();
        study.CheckRacing();
        study.CheckConstraints();
        using StudySession session = StudySession.Open(study);

        // What the machine decided is written down, so that a resume elsewhere does not decide anew.
        study = session.Study;
        study = study with
        {
            Merge = study.Merge with { Initial = new InitialPoint(IsOneNumber(session) ? [session.Initial[0]] : session.Initial, Rule: study.Merge.Initial.Rule) },
            Evaluator = study.Evaluator with
            {
                Engine = session.Evaluator.Engine,
                Device = session.Evaluator is ICandidateEvaluator ? study.Evaluator.Device : session.Evaluator.Device,
                Vectors = session.Evaluator is not IMergingEvaluator ? "host" : study.Evaluator.Vectors is "auto" ? "float32" : study.Evaluator.Vectors,
                Threads = Threads(study),
            },
        };
        RunDirectory run = RunDirectory.Create(results, study.Name, runId, TimeProvider.System);
        using RunLock held = RunLock.Acquire(run.Path);
        AtomicFile.WriteAllText(run.Study, StudyText.Write(study, run.Path));
        CoefficientTable.Write(Path.Combine(run.Path, CoefficientTable.FileName), [.. Enumerable.Range(0, session.Space.Dimension).Select(index => new CoefficientRow
        {
            Index = index,
            Name = session.Space.Name(index),
            Expert = session.Space.Expert(index),
            Block = session.Space.Group(index) is { Length: > 0 } block ? block : null,
            Tensors = [.. session.Space.Elements(index).Select(part => part.Tensor)],
            Start = session.Space.Elements(index)[0].Start,
            Length = session.Space.Elements(index).Sum(part => part.Length),
            Lower = session.Space.Bounds(index, study.Merge.Lower, study.Merge.Upper).Lower,
            Upper = session.Space.Bounds(index, study.Merge.Lower, study.Merge.Upper).Upper,
            Initial = session.Initial[index],
            Shares = session.Space.Shares(index),
        })]);
        var manifest = new RunManifest
        {
            RunId = run.RunId,
            Study = study.Name,
            CreatedAt = TimeProvider.System.GetUtcNow(),
            Seed = study.Seed,
            State = "running",
            Version = ProgramVersion,
            Engine = Engine(session),
            Threads = Threads(study),
            Inputs = Inputs(session, run),
        };
        RefuseSharedBatches(study, run, manifest);

        // Last: a folder is a run once it has a manifest.
        manifest.Write(run);
        return Continue(session, run, manifest, cancellationToken);
    }

    /// <summary>Goes on where a run stopped or, with a larger budget, where it ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="larger">What to raise of its budget.</param>
    /// <param name="force">Whether to go on with inputs or an engine that are not those it began with.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static int Resume(RunDirectory run, RunBudget larger, bool force, CancellationToken cancellationToken)
    {
        using RunLock held = RunLock.Acquire(run.Path);
        RunManifest manifest = RunManifest.Read(run);
        string[] changes = [.. manifest.ChangedInputs(run)];
        Refuse(manifest, changes, force);
        StudyDefinition study = StudyFile.Read(run.Study, []);
        RunBudget budget = Extend(manifest, manifest.Budget ?? new RunBudget(study.Budget.Evaluations, study.Budget.Time), larger);
        using StudySession session = StudySession.Open(study with { Budget = study.Budget with { Evaluations = budget.Evaluations, Time = budget.Time } });
        IReadOnlyList<string> more = [.. Changes(session, run, manifest)];
        Refuse(manifest, more, force);
        var notes = new List<string>();
        if (larger != new RunBudget(null, null))
        {
            manifest = manifest with { Budget = budget, State = "running", StopReason = null };
            notes.Add($"extended to {string.Join(" and ", new[] { larger.Evaluations is { } evaluations ? $"{evaluations} evaluations" : null, larger.Time is { } time ? $"{time} of trials" : null }.OfType<string>())}");
        }

        if (changes.Length + more.Count > 0)
        {
            manifest = manifest with { Inputs = Inputs(session, run), Engine = Engine(session) };
            RefuseSharedBatches(study, run, manifest);
            notes.Add($"gone on with by --force, so that scores before and after may not be comparable: {string.Join("; ", changes.Concat(more))}");
        }

        if (notes.Count > 0)
        {
            manifest = manifest with { Notes = [.. manifest.Notes, .. notes.Select(note => new RunNote(TimeProvider.System.GetUtcNow(), note))] };
            manifest.Write(run);
            notes.ForEach(note => Terminal.Error.WriteLine($"note      {note}"));
        }

        return Continue(session, run, manifest, cancellationToken);
    }

    private static void Refuse(RunManifest manifest, IReadOnlyList<string> changes, bool force)
    {
        if (changes.Count > 0 && !force)
        {
            throw new SearchException($"run {manifest.RunId} cannot go on, because it is not as it began: {string.Join("; ", changes)}; --force goes on all the same, but scores before and after may not be comparable.");
        }
    }

    // What only an opened study tells.
    private static IEnumerable<string> Changes(StudySession session, RunDirectory run, RunManifest manifest)
    {
        HashSet<string> known = [.. manifest.Inputs.Select(input => Path.GetFullPath(input.Path, run.Path))];
        foreach (string path in session.InputFiles().Where(path => !known.Contains(path)))
        {
            yield return $"{path} was none of its inputs";
        }

        if (Engine(session) != manifest.Engine)
        {
            yield return $"its engine is {Engine(session)} (recorded was {manifest.Engine}), whose scores may differ in their last bits";
        }
    }

    private static RunBudget Extend(RunManifest manifest, RunBudget budget, RunBudget larger)
    {
        if (larger.Evaluations is { } evaluations && !(evaluations > budget.Evaluations))
        {
            throw new SearchException($"--evaluations must be more than what run {manifest.RunId} has, {budget.Evaluations?.ToString(CultureInfo.InvariantCulture) ?? "no limit"}, got {evaluations}.");
        }

        if (larger.Time is { } time && !(time > budget.Time))
        {
            throw new SearchException($"--time must be more than what run {manifest.RunId} has, {budget.Time?.ToString() ?? "no limit"}, got {time}.");
        }

        return new RunBudget(larger.Evaluations ?? budget.Evaluations, larger.Time ?? budget.Time);
    }

    // The study is one of its run's inputs.
    private static RunInput[] Inputs(StudySession session, RunDirectory run) => [.. session.InputFiles().Append(run.Study).Select(path => RunInput.Of(run, path))];

    private static bool IsOneNumber(StudySession session) =>
        session.Initial.SequenceEqual(session.Space.Start([.. Enumerable.Repeat(session.Initial[0], session.Space.WeightCount)]));

    private static string Engine(StudySession session) => $"{session.Evaluator.Engine} {session.Evaluator.Version} {session.Evaluator.Device}";

    /// <summary>The compute threads that a study has.</summary>
    public static int Threads(StudyDefinition study) => study.Evaluator.Threads == 0 ? Environment.ProcessorCount : study.Evaluator.Threads;

    // The same data under two names would be optimised on and reported all the same.
    private static void RefuseSharedBatches(StudyDefinition study, RunDirectory run, RunManifest manifest)
    {
        Dictionary<string, string> hashes = manifest.Inputs.ToDictionary(input => Path.GetFullPath(input.Path, run.Path), input => input.Sha256);
        foreach (var same in study.Tasks.SelectMany(task => task.Batches).GroupBy(batch => hashes[batch.Value]))
        {
            if (same.DistinctBy(batch => batch.Key).Count() > 1)
            {
                throw new StudyException($"study {study.Name}: the same data has several roles ({string.Join(", ", same.Select(batch => $"{YamlText.Word(batch.Key)}: {batch.Value}"))}): what is optimised on is never reported.");
            }
        }
    }

    private static string Numbers(IEnumerable<double> values) => string.Join(' ', values.Select(value => value.ToString("0.000000", CultureInfo.InvariantCulture)));

    // Everything that matters is on disk by now: a report that cannot be written is no failure of the run.
    private static string Report(RunDirectory run)
    {
        try
        {
            StudyReport.Write(run.Report, [run]);
            return run.Report;
        }
        catch (SearchException exception)
        {
            return $"not written: {exception.Message}";
        }
    }

    private static int Continue(StudySession session, RunDirectory run, RunManifest manifest, CancellationToken cancellationToken)
    {
        (session.Evaluator as CommandEvaluator)?.WorkIn(run.Path, Terminal.Error.WriteLine);
        Terminal.Error.WriteLine($"run       {run.Path}");
        Terminal.Error.WriteLine($"models    {session.Family.Experts.Count} experts, {session.Family.MergedElementCount:N0} merged parameters, {session.Space.Dimension} coefficients ({session.Study.Merge.Granularity.Title})");
        if (session.Study.Merge.Initial.Rule is { } rule)
        {
            Terminal.Error.WriteLine($"start     {rule.Describe(session.Space, session.Initial)}");
        }

        Terminal.Error.WriteLine($"engine    {manifest.Engine}, {manifest.Threads} threads");
        long start = Stopwatch.GetTimestamp();
        string reason;
        IReadOnlyList<string> strategyNotes;
        StudySummary summary;
        string export = "no candidate could be scored, so there is nothing to export";
        try
        {
            using (ParquetTrialLog log = ParquetTrialLog.Open(run.Path, manifest.RunId, Terminal.Error.WriteLine))
            {
                (SearchSpace space, ISearchStrategy strategy) = session.CreateSearch();
                reason = ProgressDisplay.Show(progress => new StudyController(
                    session.Study, session.Space, space, session.CreateScorer(strategy.PopulationSize), strategy, log, progress, TimeProvider.System).Run(cancellationToken));
                strategyNotes = strategy.Notes;
                summary = StudySummary.Of(session.Study, [.. log.Read().Where(trial => trial.Rung is null)]);
            }

            if (summary.Winner is { } winner)
            {
                IReadOnlyList<double> verified = VerifiedExport.Write(session, run, winner, summary.Trials, new ExportOptions(run.Best), cancellationToken);
                export = $"{run.Best} ({(session.Study.Evaluator.Command is { NeedsModel: false } ? "its coefficients scored again" : "read back and scored again")}: {Numbers(verified)}, ledger {Numbers(winner.Objectives)})";
            }
        }
        catch (OperationCanceledException)
        {
            Terminal.Error.WriteLine($"Stopped. Everything recorded is kept; continue with: {Terminal.Command("resume", run.Path)}");
            throw;
        }
        catch (SearchException)
        {
            Terminal.Error.WriteLine($"Everything recorded is kept; once the cause is mended, continue with: {Terminal.Command("resume", run.Path)}");
            throw;
        }

        foreach (string note in session.Evaluator.Notes)
        {
            Terminal.Error.WriteLine($"note      {note}");
        }

        (manifest with { State = "finished", StopReason = reason, StrategyNotes = strategyNotes }).Write(run);
        Terminal.Tables.Write(StudyTable.Create(session.Study, summary));
        Terminal.Out.WriteLine($"ended     {reason}; {summary.Trials.Count(trial => trial.State == TrialState.Failed)} failed; {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s in this session");
        if (session.Study.Racing is not null && RaceCost.Read(run.Path) is { } race)
        {
            Terminal.Out.WriteLine($"raced     {race}");
        }

        Terminal.Out.WriteLine($"trials    {Path.Combine(run.Path, "trials")} (Parquet; search query {run.RunId} \"SELECT …\")");
        Terminal.Out.WriteLine($"model     {export}");
        Terminal.Out.WriteLine($"report    {Report(run)}");
        return summary.Winner is null ? ExitCodes.Failed : ExitCodes.Ok;
    }
}
