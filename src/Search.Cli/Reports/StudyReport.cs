using Search.Results;

namespace Search.Cli.Reports;

/// <summary>The report of one or several runs.</summary>
internal static class StudyReport
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="directories">The runs; at least one.</param>
    /// <returns>The file's length in bytes.</returns>
    /// <exception cref="SearchException">A run is damaged, none has a trial yet, or the file cannot be written.</exception>
    public static long Write(string path, IReadOnlyList<RunDirectory> directories)
    {
        ReportRun[] runs = [.. directories.Select(ReportRun.Read).OfType<ReportRun>()];
        if (runs.Length == 0)
        {
            throw new SearchException($"{directories[0].Path}: no trial has been recorded yet, so there is nothing to report.");
        }

        if (runs.Length < directories.Count)
        {
            Terminal.Error.WriteLine($"note      {directories.Count - runs.Length} of {directories.Count} runs have no trial yet and are left out");
        }

        IReadOnlyList<string> groups = RunGroups.Of([.. runs.Select(run => File.ReadAllText(run.Directory.Study))]);
        string names = string.Join(", ", runs.Select(run => run.Manifest.Study).Distinct());
        return ReportPage.Write(path, $"{names} · {(runs is [var only] ? only.Manifest.RunId : $"{runs.Length} runs")}", "run", new
        {
            StudyRun.ProgramVersion,
            Written = TimeProvider.System.GetUtcNow(),
            Runs = runs.Select((run, index) => RunDocument.Of(run, groups[index], runs.Length)),
        });
    }
}
