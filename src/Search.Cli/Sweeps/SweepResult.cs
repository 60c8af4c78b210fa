using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Storage;

namespace Search.Cli.Sweeps;

/// <summary>What one run of a sweep has found so far.</summary>
/// <param name="Run">The run and its settings.</param>
/// <param name="State">Its state.</param>
/// <param name="Failure">Why it failed, or null.</param>
/// <param name="Search">The winner's objectives on search data; none before a candidate was scored.</param>
/// <param name="Select">The winner's objectives on select data; none where it was not scored there.</param>
/// <param name="Accuracy">The winner's mean accuracy on report data, or null where it is not known.</param>
/// <param name="Evaluations">How many candidates were searched.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Seconds">The time spent on trials.</param>
internal sealed record SweepResult(
    SweepRow Run, string State, string? Failure, IReadOnlyList<double> Search, IReadOnlyList<double> Select, double? Accuracy, int Evaluations, int Failed, double Seconds)
{
    /// <summary>Reads a run's ledger.</summary>
    public static SweepResult Of(SweepFolder folder, SweepRow run)
    {
        IReadOnlyList<Trial> trials = TrialReader.Read(folder.Run(run.RunId).Path);
        Trial? winner = StudySummary.SearchedWinner(trials);
        Trial? On(DataRole role) => trials.FirstOrDefault(trial => trial.Id == winner?.Id && trial.Role == role && trial.State == TrialState.Complete);
        Trial[] searched = [.. trials.Where(trial => trial is { Role: DataRole.Search, Strategy: not Reference.Strategy, Label: null })];
        string state = folder.State(run.RunId);
        return new SweepResult(
            run,
            state,
            state == SweepFolder.Failed ? folder.Failure(run.RunId) : null,
            winner?.Objectives ?? [],
            On(DataRole.Select)?.Objectives ?? [],
            On(DataRole.Report) is { } report ? StudySummary.MeanAccuracy(report) : null,
            searched.Length,
            searched.Count(trial => trial.State == TrialState.Failed),
            trials.Sum(trial => trial.MergeMs + trial.ForwardMs + trial.BackwardMs + trial.ObjectiveMs) / 1000);
    }
}
