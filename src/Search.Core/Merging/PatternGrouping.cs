namespace Search.Merging;

/// <summary>Tensors share coefficients as somebody listed them.</summary>
/// <param name="Groups">A group's name to a kind or regular expression; a tensor is in the first that selects it.</param>
public sealed record PatternGrouping(IReadOnlyList<KeyValuePair<string, string>> Groups) : TensorGrouping
{
    /// <inheritdoc/>
    public override string Title => $"{Groups.Count} groups";

    /// <inheritdoc/>
    public bool Equals(PatternGrouping? other) => other is not null && Groups.SequenceEqual(other.Groups);

    /// <inheritdoc/>
    public override int GetHashCode() => Groups.Count;

    /// <inheritdoc/>
    internal override GroupAssignment Assign(IReadOnlyList<string> tensors, TensorBlocks blocks, TensorKinds kinds)
    {
        (string Name, string Text, TensorSelector Selector)[] groups = [.. Groups.Select(group => (group.Key, group.Value, new TensorSelector(group.Value, kinds)))];
        string[] found = [.. tensors.Select(tensor => groups.FirstOrDefault(group => group.Selector.IsMatch(tensor)).Name
            ?? throw new MergeException($"granularity.groups: no group selects tensor '{tensor}'; a last one, rest: '.*', takes what is left."))];
        foreach ((string name, string text, TensorSelector selector) in groups.ExceptBy(found, group => group.Name))
        {
            throw new MergeException($"granularity.groups.{name}: '{text}' selects no tensor{(tensors.Any(selector.IsMatch) ? " that no group before it has" : " that merges")}.");
        }

        return new GroupAssignment(found) { Order = [.. Groups.Select(group => group.Key)] };
    }
}
