using Search.Merging.Sparsifiers;

namespace Search.Merging.Comparison;

/// <summary>Compares the experts of a base by their task vectors. Batch-normalisation statistics do not count.</summary>
/// <param name="Experts">The experts' names.</param>
/// <param name="Groups">Groups of tensors, in the order of their first tensors' names.</param>
/// <param name="Model">All of them together.</param>
public sealed record ModelComparison(IReadOnlyList<string> Experts, IReadOnlyList<VectorComparison> Groups, VectorComparison Model)
{
    /// <summary>The pairs of experts.</summary>
    public IEnumerable<(int A, int B)> Pairs => Enumerable.Range(0, Experts.Count).SelectMany(a => Enumerable.Range(a + 1, Experts.Count - a - 1).Select(b => (a, b)));

    /// <summary>Compares, reading each tensor once.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="group">The group that a tensor of a given name is in.</param>
    /// <param name="density">Which fraction of each tensor's elements counts as its largest, in (0, 1].</param>
    public static ModelComparison Of(TaskVectors vectors, Func<string, string> group, double density)
    {
        Sparsify sparsify = new MagnitudeSparsifier(density, SparsifierScope.Tensor, false).Open(vectors);
        IReadOnlyList<int> merged = vectors.Family.Merged;
        var tensors = new VectorComparison[merged.Count];
        TensorLoop.ForEach(merged.Count, i =>
        {
            int tensor = merged[i];
            float[] origin = vectors.BaseOf(tensor);
            tensors[i] = VectorComparison.Of(
                vectors.Layout.Tensors[tensor].Name, origin, vectors.CopiesOf(tensor, origin), (k, tau) => sparsify(k, tensor, tau));
        });
        return new ModelComparison(
            vectors.Names, [.. tensors.GroupBy(tensor => group(tensor.Name)).Select(parts => VectorComparison.Sum(parts.Key, [.. parts]))], VectorComparison.Sum("", tensors));
    }
}
