using Search.Evaluation;
using Search.Results;

namespace Search.Controller;

/// <summary>What candidates must keep to, by one objective; those that do not are infeasible.</summary>
/// <param name="Objective">The objective, by its name or task.</param>
/// <param name="Limit">The most that it may be, or null.</param>
/// <param name="Floor">How much of what its task's expert gains over the base it must keep, or null: 0 is the base's value, 1 the expert's.</param>
public sealed record StudyConstraint(string Objective, double? Limit, double? Floor)
{
    /// <summary>Leaves out candidates that are infeasible on some data, as long as one of those scored there is feasible.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">A ledger's trials.</param>
    /// <returns>References, feasible candidates, and what was not scored to the end.</returns>
    public static IReadOnlyCollection<Trial> Kept(StudyDefinition study, IReadOnlyCollection<Trial> trials)
    {
        if (study.Constraints.Count == 0)
        {
            return trials;
        }

        var left = new HashSet<Trial>(ReferenceEqualityComparer.Instance);
        foreach (IGrouping<DataRole, Trial> role in trials.Where(trial => trial.State == TrialState.Complete && trial.Strategy != Reference.Strategy && trial.Objectives.Count == study.ObjectiveCount).GroupBy(trial => trial.Role)) // some tasks may have no such data
        {
            double[] most = Most(study, trials, role.Key);
            Trial[] infeasible = [.. role.Where(trial => trial.Objectives.Zip(most).Any(pair => pair.First > pair.Second))];
            left.UnionWith(infeasible.Length < role.Count() ? infeasible : []);
        }

        return [.. trials.Where(trial => !left.Contains(trial))];
    }

    /// <summary>The most that each objective may be on some data.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">The ledger's trials, references among them.</param>
    /// <param name="role">The data.</param>
    /// <exception cref="StudyException">The base or an expert that a floor is measured by was not scored there.</exception>
    internal static double[] Most(StudyDefinition study, IReadOnlyCollection<Trial> trials, DataRole role) => ObjectiveBounds.Of(
        study,
        trials,
        role,
        study.Constraints.Where(one => one.Limit is not null).Select(one => KeyValuePair.Create(one.Objective, one.Limit!.Value)),
        study.Constraints.Where(one => one.Floor is not null).Select(one => KeyValuePair.Create(one.Objective, one.Floor!.Value)));
}
