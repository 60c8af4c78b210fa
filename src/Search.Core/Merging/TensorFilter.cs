namespace Search.Merging;

/// <summary>Which tensors merge at all; the others stay the base's.</summary>
/// <param name="Only">Kinds or regular expressions of those that merge; empty for all.</param>
/// <param name="Except">Kinds or regular expressions of those that do not, out of these.</param>
/// <param name="Kinds">Names the kinds.</param>
public sealed record TensorFilter(IReadOnlyList<string> Only, IReadOnlyList<string> Except, TensorKinds Kinds)
{
    /// <summary>Decides for each tensor whether it merges.</summary>
    /// <param name="tensors">The tensors' names.</param>
    /// <returns>One answer a tensor.</returns>
    /// <exception cref="MergeException">A kind or expression selects nothing, or nothing is left.</exception>
    public IReadOnlyList<bool> Select(IReadOnlyList<string> tensors)
    {
        TensorSelector[] only = Compile("only", Only, tensors);
        TensorSelector[] except = Compile("except", Except, tensors);
        bool[] selected = [.. tensors.Select(tensor => (only.Length == 0 || only.Any(one => one.IsMatch(tensor))) && !except.Any(one => one.IsMatch(tensor)))];
        return tensors.Count == 0 || selected.Contains(true) ? selected : throw new MergeException($"except: [{string.Join(", ", Except)}] leaves no tensor to merge of those that 'only' selects.");
    }

    private TensorSelector[] Compile(string key, IReadOnlyList<string> texts, IReadOnlyList<string> tensors) => [.. texts.Select(text =>
    {
        var selector = new TensorSelector(text, Kinds);
        return tensors.Any(selector.IsMatch)
            ? selector
            : throw new MergeException($"{key}: '{text}' selects none of the {tensors.Count} tensors that could merge{NearestName.Hint(text, Kinds.Names)}; it must be a regular expression that matches some name, or one of the kinds {string.Join(", ", Kinds.Names)} that some tensor has.");
    })];
}
