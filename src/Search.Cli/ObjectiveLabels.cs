using Search.Controller;
using Search.Results;

namespace Search.Cli;

/// <summary>What the objectives of a run are called.</summary>
internal static class ObjectiveLabels
{
    /// <summary>Reads the names off the run's study.</summary>
    /// <param name="run">The run.</param>
    /// <returns>A name an objective; none where the study is not there or cannot be read.</returns>
    public static IReadOnlyList<string> Of(RunDirectory run)
    {
        try
        {
            return File.Exists(run.Study) ? StudyFile.Read(run.Study, [], requireFiles: false).ObjectiveNames : [];
        }
        catch (SearchException)
        {
            return [];
        }
    }
}
