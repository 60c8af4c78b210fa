namespace Search.Evaluation;

/// <summary>Which checkpoint tensor fills which place of a graph; a tensor may fill several.</summary>
/// <param name="Merged">The places of merged weights, in the layout's order.</param>
/// <param name="Private">The places of tensors that each task's expert brings, in the names' order.</param>
internal sealed record GraphBinding(IReadOnlyList<WeightBinding> Merged, IReadOnlyList<WeightBinding> Private)
{
    /// <summary>All places.</summary>
    public IEnumerable<WeightBinding> All => Merged.Concat(Private);

    /// <summary>How the places were found, such as <c>52 by name, 13 by content (12 transposed)</c>; null when all were by name.</summary>
    public string? Summary => All.All(binding => binding.Rule == BindingRule.Name)
        ? null
        : string.Join(", ", new[] { BindingRule.Name, BindingRule.Content, BindingRule.Rename }.Select(Describe).OfType<string>());

    private string? Describe(BindingRule rule)
    {
        int count = All.Count(binding => binding.Rule == rule);
        int transposed = All.Count(binding => binding.Rule == rule && binding.Transposed);
        return count == 0 ? null : $"{count} by {rule.ToString().ToLowerInvariant()}{(transposed > 0 ? $" ({transposed} transposed)" : "")}";
    }
}
