using Search.Cli.Sweeps;
using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Storage;

namespace Search.Cli.Reports;

/// <summary>A run as a report reads it.</summary>
/// <param name="Directory">Where it lies.</param>
/// <param name="Manifest">What it was made from.</param>
/// <param name="Study">The study as run.</param>
/// <param name="State">Whether it is finished, running or interrupted.</param>
/// <param name="Summary">What its ledger says.</param>
/// <param name="Space">What its coefficients stand for: name, expert, block, lower and upper bound, initial value.</param>
internal sealed record ReportRun(
    RunDirectory Directory, RunManifest Manifest, StudyDefinition Study, string State, StudySummary Summary, IReadOnlyList<IReadOnlyList<object?>> Space)
{
    /// <summary>What its races scored, or null where candidates did not race.</summary>
    public RaceCost? Race { get; } = Study.Racing is null ? null : RaceCost.Read(Directory.Path);

    /// <summary>How many candidates are left out because they broke the study's constraints.</summary>
    public int Infeasible { get; private init; }

    /// <summary>The rows on search data, in the order of their numbers.</summary>
    public IReadOnlyList<Trial> Rows { get; } = [.. Summary.Trials.Where(trial => trial.Role == DataRole.Search)];

    /// <summary>The rows on search data that the strategy asked for.</summary>
    public IEnumerable<Trial> Searched => Rows.Where(trial => trial is { Strategy: not Reference.Strategy, Label: null });

    /// <summary>Reads a run, which may be at work; says what of its ledger is left out.</summary>
    /// <returns>The run, or null before its first trial.</returns>
    /// <exception cref="SearchException">It is damaged.</exception>
    public static ReportRun? Read(RunDirectory directory)
    {
        RunManifest manifest = RunManifest.Read(directory);
        IReadOnlyList<Trial> trials = TrialReader.Read(directory.Path, Terminal.Error.WriteLine);
        if (trials.Count == 0)
        {
            return null;
        }

        StudyDefinition study = StudyFile.Read(directory.Study, [], requireFiles: false);
        IReadOnlyCollection<Trial> kept = StudyConstraint.Kept(study, trials);
        using RunQuery query = RunQuery.Open(directory.Path);
        return new ReportRun(
            directory,
            manifest,
            study,
            RunState.Of(directory, manifest),
            StudySummary.Of(study, trials),
            query.Execute("SELECT name, expert, block, lower, upper, initial FROM coefficients ORDER BY index").Rows)
        {
            Infeasible = Candidates(trials) - Candidates(kept),
        };

        static int Candidates(IEnumerable<Trial> rows) => rows.Count(trial => trial.Role == DataRole.Search && trial is { Strategy: not Reference.Strategy, Label: null });
    }

    /// <summary>Finds what a person names: a sweep, a run, or a folder with runs somewhere in it.</summary>
    /// <param name="results">The results folder.</param>
    /// <param name="name">What was typed.</param>
    /// <exception cref="SearchException">There is no such thing, or no run of the sweep has begun.</exception>
    public static IEnumerable<RunDirectory> Find(string results, string name)
    {
        if (SweepFolder.Find(results, name) is { } sweep)
        {
            RunDirectory[] begun = [.. sweep.Runs().Select(row => sweep.Run(row.RunId)).Where(run => File.Exists(run.Manifest))];
            return begun.Length > 0 ? begun : throw new SearchException($"{sweep.Path}: none of the sweep's runs has begun, so there is nothing to report.");
        }

        bool isFolderOfRuns = System.IO.Directory.Exists(name) && !File.Exists(new RunDirectory(name).Manifest);
        RunDirectory[] within = isFolderOfRuns
            ? [.. System.IO.Directory.EnumerateFiles(name, Path.GetFileName(new RunDirectory(name).Manifest), new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
                .Select(file => new RunDirectory(Path.GetFullPath(Path.GetDirectoryName(file)!))).Where(run => File.Exists(run.Study)).OrderBy(run => run.Path, StringComparer.Ordinal)]
            : [];
        return within.Length > 0 ? within : [RunDirectory.Find(results, name)];
    }
}
