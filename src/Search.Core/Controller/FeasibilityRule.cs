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
    private readonly double[] _most;
    private readonly double[] _worst;
    private readonly double[] _range;

    /// <summary>Measures the objectives by the references.</summary>
    /// <param name="study">The study; it has constraints.</param>
    /// <param name="references">The references on search data.</param>
    /// <exception cref="StudyException">The base or an expert that a floor is measured by could not be scored.</exception>
    public FeasibilityRule(StudyDefinition study, IReadOnlyList<Trial> references)
    {
        _most = StudyConstraint.Most(study, references, DataRole.Search);
        double[][] known = [.. references.Where(trial => trial.State == TrialState.Complete).Select(trial => trial.Objectives.ToArray())];
        _worst = [.. _most.Select((_, i) => known.Max(values => values[i]))];
        _range = [.. _worst.Select((worst, i) => worst - known.Min(values => values[i]) is > 0 and var range ? range : 1)];
    }

    /// <summary>By how much a candidate exceeds what objectives may be, in units of the references' ranges; 0 for a feasible one.</summary>
    /// <param name="objectives">Its objectives.</param>
    public double Violation(IReadOnlyList<double> objectives) => objectives.Select((value, i) => Math.Max(0, value - _most[i]) / _range[i]).Sum();

    /// <summary>What a strategy is told of a candidate. Candidates must come in the order of their numbers, which makes a resumed search tell the same.</summary>
    /// <param name="objectives">Its objectives.</param>
    public IReadOnlyList<double> Told(IReadOnlyList<double> objectives)
    {
        double violation = Violation(objectives);
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
}
