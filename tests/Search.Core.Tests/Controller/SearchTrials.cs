using Search.Evaluation;
using Search.Results;

namespace Search.Tests.Controller;

// Rows of a ledger of which little matters.
internal static class SearchTrials
{
    public static Trial Complete(long id, params double[] objectives) => new()
    {
        Id = id,
        Strategy = "cma_es",
        Role = DataRole.Search,
        State = TrialState.Complete,
        Fidelity = 1,
        Seed = 1,
        Coefficients = [],
        Objectives = objectives,
        Scores = new Dictionary<string, double>(),
        StartedAt = default,
        Engine = "",
        Device = "",
    };
}
