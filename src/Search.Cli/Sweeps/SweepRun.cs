using System.ComponentModel;
using Search.Cli.Rendering;
using Search.Controller;
using Search.Results;
using Search.Storage;
using Search.Yaml;

namespace Search.Cli.Sweeps;

/// <summary>Runs what is left to run of a sweep, several studies at once, each in a process of its own.</summary>
internal sealed class SweepRun
{
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    private readonly SweepDefinition _sweep;
    private readonly IReadOnlyList<SweepMember> _members;
    private readonly int _cores;

    private SweepRun(SweepDefinition sweep, string results, int cores)
    {
        _sweep = sweep;
        _cores = cores;
        Folder = new SweepFolder(Path.GetFullPath(Path.Combine(results, sweep.Name)));
        var hashes = new InputHashes(Folder.Path);
        (SweepRow Run, StudyDefinition Study)[] studies = [.. sweep.Resolve().Zip(sweep.Members, (study, settings) => (new SweepRow(StudyHash.Of(study, hashes.Of), settings), study)).DistinctBy(member => member.Item1.RunId)];
        IReadOnlyList<string> keys = SweepRow.VariedKeys([.. studies.Select(member => member.Run)]);
        _members = [.. studies.Select(member => new SweepMember(
            member.Run,
            SweepDefinition.Title(member.Run.Settings.Where(setting => keys.Contains(setting.Key))),
            member.Study with { Evaluator = member.Study.Evaluator with { Threads = member.Study.Evaluator.Threads == 0 ? cores : member.Study.Evaluator.Threads } }))];
    }

    private SweepFolder Folder { get; }

    /// <summary>Checks every study, then runs those that are not done; one that fails does not stop the others.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="results">The results folder.</param>
    /// <param name="jobs">How many run at once; at least 1.</param>
    /// <param name="cancellationToken">Stops those that run and starts no other.</param>
    /// <returns>The sweep's folder.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled, and no process is left.</exception>
    public static async Task<SweepFolder> RunAsync(SweepDefinition sweep, string results, int jobs, CancellationToken cancellationToken)
    {
        var run = new SweepRun(sweep, results, Math.Max(1, Environment.ProcessorCount / jobs));
        try
        {
            Directory.CreateDirectory(run.Folder.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SearchException($"{run.Folder.Path}: the sweep's folder cannot be made: {exception.Message}", exception);
        }

        using RunLock held = RunLock.Acquire(run.Folder.Path);
        AtomicFile.WriteAllText(run.Folder.Sweep, run.Text());
        SweepTable.Write(run.Folder.Path, [.. run._members.Select(member => member.Run)]);
        await run.RunAsync(jobs, cancellationToken);
        return run.Folder;
    }

    private async Task RunAsync(int jobs, CancellationToken cancellationToken)
    {
        SweepMember[] open = [.. _members.Where(member => Folder.State(member.Run.RunId) != SweepFolder.Finished)];
        int begun = open.Count(member => File.Exists(Folder.Run(member.Run.RunId).Manifest));
        Terminal.Error.WriteLine($"sweep     {Folder.Path}");
        Terminal.Error.WriteLine(
            $"studies   {_members.Count}: {_members.Count - open.Length} done, {begun} to go on with, {open.Length - begun} to start{(_members.Count < _sweep.Members.Count ? $"; {_sweep.Members.Count - _members.Count} say the same as another" : "")}");
        Terminal.Error.WriteLine($"at once   {jobs}, each with {_cores} of {Environment.ProcessorCount} cores");
        await SweepDisplay.ShowAsync(_members.Count, _members.Count - open.Length, display => Parallel.ForEachAsync(
            open,
            new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken },
            async (member, token) =>
            {
                display.Begin(member);
                string? failure = await TryAsync(member, line => display.Hear(member, line), token);
                SweepResult result = SweepResult.Of(Folder, member.Run);
                display.End(member, failure is null ? result : result with { State = SweepFolder.Failed, Failure = failure });
            }));
    }

    // What happens to one study must not end the others. Returns why it failed, or null.
    private async Task<string?> TryAsync(SweepMember member, Action<string> hear, CancellationToken cancellationToken)
    {
        string? failure;
        try
        {
            failure = await RunAsync(member, hear, cancellationToken);
            if (failure is not null)
            {
                Folder.Note(member.Run.RunId, failure);
            }
        }
        catch (Exception exception) when (exception is SearchException or IOException or UnauthorizedAccessException or Win32Exception)
        {
            failure = exception.Message;
        }

        return failure;
    }

    private async Task<string?> RunAsync(SweepMember member, Action<string> hear, CancellationToken cancellationToken)
    {
        string id = member.Run.RunId;
        RunDirectory run = Folder.Run(id);
        Directory.CreateDirectory(run.Path);
        while (true)
        {
            // A process of a sweep that was killed needs a moment to stop.
            while (RunLock.IsHeld(run.Path))
            {
                hear("another process is at work on it");
                await Task.Delay(LockPoll, cancellationToken);
            }

            if (Folder.State(id) == SweepFolder.Finished)
            {
                return null;
            }

            if (!File.Exists(run.Manifest))
            {
                AtomicFile.WriteAllText(run.Study, StudyText.Write(member.Study, run.Path));
            }

            Folder.Note(id, null);
            (_, string? failure) = await new SweepChild(Folder, id, _cores).RunAsync(hear, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (failure is not null && RunLock.IsHeld(run.Path))
            {
                continue; // that process had not locked the run yet
            }

            // A run whose candidates all failed says so and ends as it should.
            return failure is not null && Folder.State(id) == SweepFolder.Finished ? "no candidate could be scored; its trials have the reasons" : failure;
        }
    }

    // A sweep that can be run from where it lies: the same studies, whatever made them.
    private string Text()
    {
        string study = Path.GetRelativePath(Folder.Path, _sweep.Study).Replace('\\', '/');
        IEnumerable<string> entries = _sweep.Members.Select(settings => $"    - {{ {string.Join(", ", settings.Select(setting => $"{YamlText.Quoted(setting.Key)}: {setting.Value}"))} }}\n");
        return $"name: {YamlText.Quoted(_sweep.Name)}\nstudy: {YamlText.Quoted(study)}\nsweep:\n  list:\n{string.Concat(entries)}";
    }
}
