using Search.Controller;
using Search.Results;

namespace Search.Cli;

/// <summary>The study of a run that a table shows among others, where one that is damaged must not keep the others from being shown.</summary>
/// <param name="Study">The study, or null where it is not there or cannot be read.</param>
internal sealed record RunStudy(StudyDefinition? Study)
{
    /// <summary>What the objectives are called; none without a study.</summary>
    public IReadOnlyList<string> Names => Study?.ObjectiveNames ?? [];

    /// <summary>Reads the run's study.</summary>
    /// <param name="run">The run.</param>
    public static RunStudy Of(RunDirectory run)
    {
        try
        {
            return new RunStudy(File.Exists(run.Study) ? StudyFile.Read(run.Study, [], requireFiles: false) : null);
        }
        catch (SearchException)
        {
            return new RunStudy(Study: null);
        }
    }

    /// <summary>The winner's row on search data, or null.</summary>
    /// <param name="trials">The run's trials.</param>
    public Trial? Winner(IReadOnlyCollection<Trial> trials) => StudySummary.SearchedWinner(Study is null ? trials : StudyConstraint.Kept(Study, trials));
}
