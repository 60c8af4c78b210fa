using Search.Results.Fronts;
using Search.Strategies.Genetic;

namespace Search.Strategies.Fronts;

/// <summary>
/// NSGA-II's survival: front by front, of the last that fits in part those that are least crowded (Deb et al. 2002, doi:10.1109/4235.996017, §III). The most
/// crowded leaves first, and then who is most crowded without it (Kukkonen and Deb 2006, doi:10.1109/CEC.2006.1688438): what is left is spread evenly.
/// </summary>
public sealed record CrowdingReinsertion : IReinsertion
{
    /// <inheritdoc/>
    public IReadOnlyList<Individual> Reinsert(IReadOnlyList<Individual> parents, IReadOnlyList<Individual> offspring, int size)
    {
        Individual[] all = [.. parents, .. offspring];
        int[] ranks = Dominance.Ranks([.. all.Select(individual => individual.Objectives)]);
        var kept = new List<Individual>();
        foreach (IGrouping<int, Individual> front in all.Zip(ranks).GroupBy(pair => pair.Second, pair => pair.First).OrderBy(front => front.Key))
        {
            List<Individual> members = [.. front];
            while (members.Count > size - kept.Count)
            {
                double[] distances = Distances(members);
                members.RemoveAt(Enumerable.Range(0, members.Count).MinBy(i => (distances[i], -members[i].Order)));
            }

            kept.AddRange(members.Zip(Distances(members)).OrderByDescending(pair => pair.Second).ThenBy(pair => pair.First.Order).Select(pair => pair.First));
        }

        return kept;
    }

    private static double[] Distances(List<Individual> members) => Crowding.Distances([.. members.Select(member => member.Objectives)]);
}
