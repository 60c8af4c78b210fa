using Search.Results;

namespace Search.Cli.Reports;

/// <summary>The report of one or several runs.</summary>
internal static class StudyReport
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="directories">The runs; at least one.</param>
    /// <returns>The file's length in bytes.</returns>
    /// <exception cref="SearchException">A run cannot be read or has no trial yet, or the file cannot be written.</exception>
    public static long Write(string path, IReadOnlyList<RunDirectory> directories)
    {
        IReadOnlyList<string> groups = RunGroups.Of([.. directories.Select(directory => File.ReadAllText(directory.Study))]);
        var runs = new List<object>();
        var names = new List<string>();
        foreach ((int index, RunDirectory directory) in directories.Index())
        {
            var run = ReportRun.Read(directory);
            names.Add(run.Manifest.Study);
            runs.Add(RunDocument.Of(run, groups[index], directories.Count));
        }

        string title = directories.Count == 1 ? $"{names[0]} · {directories[0].RunId}" : $"{string.Join(", ", names.Distinct())} · {directories.Count} runs";
        return ReportPage.Write(path, title, "run", new { StudyRun.ProgramVersion, Written = TimeProvider.System.GetUtcNow(), Runs = runs });
    }
}
