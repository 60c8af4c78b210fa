using Search.Evaluation;
using Search.Results;

namespace Search.Controller;

/// <summary>What candidates must keep to, by one number that each of them has; those that do not are infeasible.</summary>
/// <param name="Objective">What is bounded, as <see cref="BoundedQuantity.Find"/> reads it: an objective, by its name or task, a task's part of the only one, or <c>task/score</c>.</param>
/// <param name="Limit">The most that it may be, or null.</param>
/// <param name="Floor">How much of what its task's expert gains over the base it must keep, or null: 0 is the base's value, 1 the expert's.</param>
public sealed record StudyConstraint(string Objective, double? Limit, double? Floor)
{
    /// <summary>Leaves out candidates that are infeasible on some data, as long as one of those scored there is feasible.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">A ledger's trials.</param>
    /// <returns>References, feasible candidates, and what was not scored to the end or on all that is bounded.</returns>
    public static IReadOnlyCollection<Trial> Kept(StudyDefinition study, IReadOnlyCollection<Trial> trials)
    {
        var left = new HashSet<Trial>(ReferenceEqualityComparer.Instance);

        // One winner is chosen on search and select data; what it is on report data only tells how that went.
        foreach (IGrouping<DataRole, Trial> role in Judged(study, trials).Where(role => role.Key != DataRole.Report || study.ObjectiveCount > 1))
        {
            IReadOnlyList<QuantityBound> bounds = Bounds(study, trials, role.Key);
            Trial[] infeasible = [.. role.Where(trial => bounds.Any(bound => bound.Excess(trial.Objectives, trial.Scores) > 0))];
            left.UnionWith(infeasible.Length < role.Count() ? infeasible : []);
        }

        return left.Count == 0 ? trials : [.. trials.Where(trial => !left.Contains(trial))];
    }

    /// <summary>What a candidate's bounded numbers are on some data, beside the most that they may be.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">A ledger's trials, references among them.</param>
    /// <param name="trial">The candidate's row on that data.</param>
    /// <returns>One entry a bounded number; none where not all of them are known there.</returns>
    public static IReadOnlyList<(QuantityBound Bound, double Value)> Measured(StudyDefinition study, IReadOnlyCollection<Trial> trials, Trial trial) => Judged(study, [trial]).Any()
        ? [.. Bounds(study, trials, trial.Role).Select(bound => (bound, bound.Quantity.Of(trial.Objectives, trial.Scores)!.Value))]
        : [];

    /// <summary>What the study's constraints come to on some data.</summary>
    /// <param name="study">The study.</param>
    /// <param name="trials">The ledger's trials, references among them.</param>
    /// <param name="role">The data.</param>
    /// <returns>One bound a number, the least of several.</returns>
    /// <exception cref="StudyException">The base or an expert that a floor is measured by was not scored there.</exception>
    public static IReadOnlyList<QuantityBound> Bounds(StudyDefinition study, IReadOnlyCollection<Trial> trials, DataRole role) =>
    [
        .. study.Constraints.Select(one => (Constraint: one, Quantity: BoundedQuantity.Find(study, one.Objective)))
            .Select(one => new QuantityBound(one.Quantity, one.Constraint.Limit ?? one.Quantity.Floor(study, trials, role, one.Constraint.Floor!.Value)))
            .GroupBy(bound => bound.Quantity.Name).Select(same => same.MinBy(bound => bound.Most)!),
    ];

    // Candidates by the data that they were scored on, where all that is bounded is known; some tasks may have no such data.
    private static IEnumerable<IGrouping<DataRole, Trial>> Judged(StudyDefinition study, IEnumerable<Trial> trials)
    {
        BoundedQuantity[] quantities = [.. study.Constraints.Select(one => BoundedQuantity.Find(study, one.Objective))];
        return quantities.Length == 0 ? [] : trials.Where(trial => trial.State == TrialState.Complete && trial.Strategy != Reference.Strategy && trial.Objectives.Count == study.ObjectiveCount
            && quantities.All(quantity => quantity.Of(trial.Objectives, trial.Scores) is not null)).GroupBy(trial => trial.Role);
    }
}
