namespace Search.Merging;

/// <summary>
/// Coefficients are values at a few knots, spaced evenly from the first block to the last, and a block's coefficient is interpolated at its
/// depth between the two next to it. What comes before the blocks has the first knot's, what comes after them the last one's.
/// </summary>
/// <param name="Knots">How many knots; at least 2.</param>
/// <param name="Shape">How coefficients run between knots.</param>
/// <param name="ByKind">Whether each kind of module has knots of its own; one in fewer blocks than there are knots has as many as blocks, and at least one.</param>
public sealed record DepthProfile(int Knots, KnotShape Shape, bool ByKind) : TensorGrouping
{
    /// <inheritdoc/>
    public override string Title => $"{Knots} knots{(ByKind ? " a kind" : "")}";

    /// <inheritdoc/>
    internal override GroupAssignment Assign(IReadOnlyList<string> tensors, TensorBlocks blocks, TensorKinds kinds)
    {
        BlockPlace[] places = BlockPlace.Of(tensors, blocks, kinds);
        string[] groups = [.. tensors.Select((tensor, t) => ByKind ? $"{places[t].Name}/{kinds.Name(tensor)}" : places[t].Name)];
        List<string> sources = [];
        var mixes = new Dictionary<string, IReadOnlyList<(int, double)>>();
        int longest = 0;
        foreach (IGrouping<string, int> members in Enumerable.Range(0, tensors.Count).GroupBy(t => ByKind ? kinds.Name(tensors[t]) : "").OrderBy(kind => kinds.Names.ToList().IndexOf(kind.Key)))
        {
            // Depth counts the blocks that have such tensors, so that every knot has some next to it.
            ILookup<string, string> stacks = members.Where(t => places[t].Stack is not null).DistinctBy(t => places[t].Name)
                .OrderBy(t => places[t].Name, NaturalOrder.Comparer).ToLookup(t => places[t].Stack!, t => places[t].Name);
            int blocksInARow = stacks.Select(stack => stack.Count()).DefaultIfEmpty(0).Max();
            int knots = Math.Clamp(blocksInARow, 1, Knots);
            longest = Math.Max(longest, blocksInARow);
            foreach (int t in members)
            {
                string[] stack = places[t].Stack is { } name ? [.. stacks[name]] : [];
                double position = places[t].IsAfter ? knots - 1
                    : stack.Length < 2 ? 0
                    : (double)Array.IndexOf(stack, places[t].Name) * (knots - 1) / (stack.Length - 1);
                mixes[groups[t]] = Between(sources.Count, knots, position);
            }

            string prefix = members.Key.Length > 0 ? $"{members.Key}/" : "";
            sources.AddRange(knots == 1 ? [members.Key] : Enumerable.Range(1, knots).Select(knot => $"{prefix}knot{knot}"));
        }

        return longest >= Knots
            ? new GroupAssignment(groups) { Sources = sources, Mixes = mixes }
            : throw new MergeException($"granularity.profile: {Knots} knots need as many blocks in a row, and there are {longest}; 'blocks' says what a block is.");
    }

    // The knots next to a position, which is 0 at the first and knots − 1 at the last, and the share of each.
    private (int Source, double Share)[] Between(int first, int knots, double position)
    {
        int knot = Math.Min((int)position, Math.Max(knots - 2, 0));
        double fraction = position - knot;
        double share = Shape == KnotShape.Linear ? fraction : (1 - Math.Cos(Math.PI * fraction)) / 2;
        return [.. new[] { (first + knot, 1 - share), (first + knot + 1, share) }.Where(each => each.Item2 != 0)];
    }
}
