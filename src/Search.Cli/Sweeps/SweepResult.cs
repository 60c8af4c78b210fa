using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Storage;

namespace Search.Cli.Sweeps;

/// <summary>What one run of a sweep has found so far.</summary>
/// <param name="Run">The run and its settings.</param>
/// <param name="State">Its state.</param>
/// <param name="Failure">Why it failed, or null.</param>
/// <param name="Names">What its objectives are called, each the better the lower; none where its study cannot be read.</param>
/// <param name="Search">The winner's objectives on search data; none before a candidate was scored.</param>
/// <param name="Select">The winner's objectives on select data; none where it was not scored there.</param>
/// <param name="Accuracy">The winner's mean accuracy on report data, or null where it is not known.</param>
/// <param name="Evaluations">How many candidates were searched.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Seconds">The time spent on trials.</param>
internal sealed record SweepResult(
    SweepRow Run, string State, string? Failure, IReadOnlyList<string> Names, IReadOnlyList<double> Search, IReadOnlyList<double> Select, double? Accuracy, int Evaluations, int Failed, double Seconds)
{
    /// <summary>Reads a run's ledger; one that cannot be read is <c>damaged</c>.</summary>
    public static SweepResult Of(SweepFolder folder, SweepRow run)
    {
        string state = folder.State(run.RunId);
        string? failure = state == SweepFolder.Failed ? folder.Failure(run.RunId) : null;
        IReadOnlyList<Trial> trials;
        try
        {
            trials = TrialReader.Read(folder.Run(run.RunId).Path, Terminal.Error.WriteLine);
        }
        catch (SearchException exception)
        {
            (trials, state, failure) = ([], SweepFolder.Damaged, exception.Message);
        }

        RunStudy study = RunStudy.Of(folder.Run(run.RunId));
        Trial? winner = study.Winner(trials);
        Trial? On(DataRole role) => trials.FirstOrDefault(trial => trial.Id == winner?.Id && trial.Role == role && trial.State == TrialState.Complete);
        Trial[] searched = [.. trials.Where(trial => trial is { Role: DataRole.Search, Strategy: not Reference.Strategy, Label: null })];
        return new SweepResult(
            run,
            state,
            failure,
            study.Names,
            winner?.Objectives ?? [],
            On(DataRole.Select)?.Objectives ?? [],
            On(DataRole.Report) is { } report ? StudySummary.MeanAccuracy(report) : null,
            searched.Length,
            searched.Count(trial => trial.State == TrialState.Failed),
            trials.Sum(trial => trial.MergeMs + trial.ForwardMs + trial.BackwardMs + trial.ObjectiveMs) / 1000);
    }
}
