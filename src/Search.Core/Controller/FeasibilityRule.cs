using Search.Evaluation;
using Search.Results;

namespace Search.Controller;

/// <summary>
/// What strategies are told of infeasible candidates, so that each of them ranks by feasibility without knowing of constraints: in every
/// objective the worst known, and the total violation on top (the penalty without a factor of Deb 2000, doi:10.1016/S0045-7825(99)00389-8, eq. 4, in
/// every objective). A feasible candidate no worse than what was known then dominates all infeasible ones, and of these the less violating the other.
/// </summary>
internal sealed class FeasibilityRule
{
    private readonly (QuantityBound Bound, double Range)[] _bounds;
    private readonly double[] _worst;
    private readonly double[] _range;

    /// <summary>Measures what is bounded, and the objectives, by the references.</summary>
    /// <param name="study">The study; it has constraints.</param>
    /// <param name="references">The references on search data.</param>
    /// <exception cref="StudyException">The base or an expert that a floor is measured by could not be scored.</exception>
    public FeasibilityRule(StudyDefinition study, IReadOnlyList<Trial> references)
    {
        Trial[] known = [.. references.Where(trial => trial.State == TrialState.Complete)];
        _bounds = [.. StudyConstraint.Bounds(study, references, DataRole.Search)
            .Select(bound => (bound, Range(known.Select(trial => bound.Quantity.Of(trial.Objectives, trial.Scores)).OfType<double>().ToArray())))];
        _worst = [.. Enumerable.Range(0, study.ObjectiveCount).Select(i => known.Max(trial => trial.Objectives[i]))];
        _range = [.. Enumerable.Range(0, study.ObjectiveCount).Select(i => Range([.. known.Select(trial => trial.Objectives[i])]))];
    }

    private FeasibilityRule(FeasibilityRule other) => (_bounds, _worst, _range) = (other._bounds, [.. other._worst], other._range);

    /// <summary>A rule that knows what this one does, and learns nothing for it.</summary>
    public FeasibilityRule Copy() => new(this);

    /// <summary>By how much a candidate exceeds what is allowed, in units of the references' ranges; 0 for a feasible one.</summary>
    /// <param name="objectives">Its objectives.</param>
    /// <param name="scores">Its scores on search data, <c>task/score</c> to value.</param>
    public double Violation(IReadOnlyList<double> objectives, IReadOnlyDictionary<string, double> scores) => _bounds.Sum(one => one.Bound.Excess(objectives, scores) / one.Range);

    /// <summary>What a strategy is told of a candidate. Candidates must come in the order of their numbers, which makes a resumed search tell the same.</summary>
    /// <param name="objectives">Its objectives.</param>
    /// <param name="violation">Its <see cref="Violation"/>.</param>
    public IReadOnlyList<double> Told(IReadOnlyList<double> objectives, double violation)
    {
        if (violation > 0)
        {
            return [.. _worst.Select((worst, i) => worst + (violation * _range[i]))];
        }

        for (int i = 0; i < _worst.Length; i++)
        {
            _worst[i] = Math.Max(_worst[i], objectives[i]);
        }

        return objectives;
    }

    private static double Range(double[] values) => values.Length > 0 && values.Max() - values.Min() is > 0 and var range ? range : 1;
}
