namespace Search.Strategies;

/// <summary>Which coefficients of a space are weights of the experts in one group of tensors.</summary>
internal static class WeightGroups
{
    /// <summary>The groups: the space's simplex constraints where it has any, else so many consecutive coefficients each.</summary>
    /// <param name="space">The space.</param>
    /// <param name="experts">How many consecutive coefficients make a group where no constraint does.</param>
    /// <param name="weights">How many coefficients, from the first on, belong to groups then; null for all.</param>
    /// <returns>For each group, its coefficients' places in the space.</returns>
    public static IReadOnlyList<int[]> Of(SearchSpace space, int experts, int? weights = null)
    {
        Dictionary<string, int> places = space.Coefficients.Index().ToDictionary(one => one.Item.Name, one => one.Index, StringComparer.Ordinal);
        int[][] constrained = [.. space.Constraints.OfType<SimplexConstraint>().Select(group => group.Names.Select(name => places[name]).ToArray())];
        return constrained.Length > 0 ? constrained : [.. Enumerable.Range(0, weights ?? space.Dimension).Chunk(experts)];
    }
}
