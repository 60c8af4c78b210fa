using Search.Results;
using Search.Results.Fronts;

namespace Search.Controller.Racing;

/// <summary>Decides who leaves a race after a rung.</summary>
/// <param name="Name">The rule's name in studies.</param>
public abstract record RaceRule(string Name)
{
    /// <summary>Why it cannot judge by the objectives of a study; null where it can.</summary>
    /// <param name="study">The study.</param>
    internal virtual string? Mismatch(StudyDefinition study) => null;

    /// <summary>Finds those that lose.</summary>
    /// <param name="field">The race after a rung that is not the last.</param>
    /// <returns>The losers, best first, each with one that is better; at least one of those running stays unless one was there alone.</returns>
    internal abstract IReadOnlyList<(Racer Loser, Racer Rival)> Losers(RaceField field);

    /// <summary>The settings as a study writes them.</summary>
    internal abstract IEnumerable<(string Key, object? Value)> Entries();

    /// <summary>
    /// Racers from the best to the worst, by Deb's rules (Deb 2000, doi:10.1016/S0045-7825(99)00389-8, §3) on the examples that they share: feasible ones first, by the
    /// objective, or by fronts and how alone they are there; then the others, by how much they exceed the constraints; equal ones by their numbers.
    /// </summary>
    /// <param name="racers">The racers.</param>
    private protected static Racer[] Ordered(IReadOnlyList<Racer> racers)
    {
        Racer[] feasible = [.. racers.Where(racer => racer.Violation == 0)];
        double[][] points = [.. feasible.Select(racer => racer.Objectives.ToArray())];
        int[] ranks = Dominance.Ranks(points);
        double[] gaps = new double[points.Length];
        foreach (IGrouping<int, int> front in Enumerable.Range(0, points.Length).GroupBy(index => ranks[index]))
        {
            int[] members = [.. front];
            double[] distances = Crowding.Distances([.. members.Select(index => points[index])]);
            for (int i = 0; i < members.Length; i++)
            {
                gaps[members[i]] = distances[i];
            }
        }

        return
        [
            .. Enumerable.Range(0, points.Length).OrderBy(index => ranks[index]).ThenByDescending(index => gaps[index]).ThenBy(index => feasible[index].Id).Select(index => feasible[index]),
            .. racers.Where(racer => racer.Violation > 0).OrderBy(racer => racer.Violation).ThenBy(racer => racer.Id),
        ];
    }
}
