namespace Search.Merging.Rules;

/// <summary>A rule that measures the task vectors' norms and angles. Only tensors that merge count.</summary>
/// <param name="Name">The name.</param>
/// <param name="Scope">Over which tensors it measures.</param>
public abstract record MeasuredRule(string Name, RuleScope Scope) : CoefficientRule(Name)
{
    /// <inheritdoc/>
    public sealed override RuleWeights Weigh(TaskVectors vectors, IReadOnlyList<IReadOnlyList<int>> groups)
    {
        IReadOnlyList<Gram> tensors = Gram.OfTensors(vectors);
        Gram model = Gram.Sum([.. tensors.Where((_, t) => vectors.Family.IsMerged[t])]);
        int[] experts = [.. Enumerable.Range(0, vectors.Count)];
        if (experts.All(k => model.Tau(k, k) == 0))
        {
            throw new MergeException($"rule {Name}: every task vector is zero: the experts are the base, and nothing tells them apart.");
        }

        Gram[] grams = Scope == RuleScope.Model ? [model] : [.. groups.Select(group => Gram.Sum([.. group.Select(t => tensors[t])]))];
        IReadOnlyList<double>[] weights = [.. grams.Select(Weights)];
        return new RuleWeights(Scope == RuleScope.Model ? [.. Enumerable.Repeat(weights[0], groups.Count)] : weights, Note(grams) is { } note ? [note] : []);
    }

    /// <summary>The weights.</summary>
    /// <param name="gram">The task vectors' inner products over the tensors that the weights are for.</param>
    /// <returns>One weight an expert.</returns>
    /// <exception cref="MergeException">The formula gives none.</exception>
    public abstract IReadOnlyList<double> Weights(Gram gram);

    /// <summary>What is to be said of the weights, or null.</summary>
    /// <param name="grams">All that weights were formed of.</param>
    protected virtual string? Note(IReadOnlyList<Gram> grams) => null;
}
