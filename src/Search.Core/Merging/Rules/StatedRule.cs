namespace Search.Merging.Rules;

/// <summary>A rule whose weights follow from what its settings state, whatever the task vectors.</summary>
/// <param name="Name">The name.</param>
public abstract record StatedRule(string Name) : CoefficientRule(Name)
{
    /// <inheritdoc/>
    public sealed override RuleWeights Weigh(TaskVectors vectors, IReadOnlyList<IReadOnlyList<int>> groups) => new([.. Enumerable.Repeat(Weights(vectors.Count), groups.Count)], []);

    /// <summary>The weights.</summary>
    /// <param name="experts">How many experts there are.</param>
    /// <returns>One weight an expert.</returns>
    /// <exception cref="MergeException">The settings do not fit so many experts.</exception>
    public abstract IReadOnlyList<double> Weights(int experts);
}
