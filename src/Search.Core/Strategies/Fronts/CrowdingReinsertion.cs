using Search.Results.Fronts;
using Search.Strategies.Genetic;

namespace Search.Strategies.Fronts;

/// <summary>NSGA-II's survival: front by front, of the last that fits in part those that are least crowded (Deb et al. 2002, doi:10.1109/4235.996017, §III).</summary>
public sealed record CrowdingReinsertion : IReinsertion
{
    /// <inheritdoc/>
    public IReadOnlyList<Individual> Reinsert(IReadOnlyList<Individual> parents, IReadOnlyList<Individual> offspring, int size)
    {
        Individual[] all = [.. parents, .. offspring];
        int[] ranks = Dominance.Ranks([.. all.Select(individual => individual.Objectives)]);
        return
        [
            .. all.Zip(ranks).GroupBy(pair => pair.Second, pair => pair.First).OrderBy(front => front.Key).SelectMany(front =>
            {
                Individual[] members = [.. front];
                return members.Zip(Crowding.Distances([.. members.Select(member => member.Objectives)]))
                    .OrderByDescending(pair => pair.Second).ThenBy(pair => pair.First.Order).Select(pair => pair.First);
            }).Take(size),
        ];
    }
}
