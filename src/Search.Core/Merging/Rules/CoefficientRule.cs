using Search.Merging.Operators;

namespace Search.Merging.Rules;

/// <summary>A closed formula for task-arithmetic weights, θ = θ₀ + Σ λₖτₖ, with its settings, as studies and recipes name it.</summary>
/// <param name="Name">The name.</param>
public abstract record CoefficientRule(string Name)
{
    /// <summary>The settings as a study writes them: plain YAML values that read back to the same settings; null ones are left out.</summary>
    public abstract IEnumerable<(string Key, object? Value)> Entries();

    /// <summary>Weighs the experts in groups of tensors.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="groups">The indices in the layout of each group's tensors.</param>
    /// <exception cref="MergeException">The formula gives no weights for these task vectors.</exception>
    public abstract RuleWeights Weigh(TaskVectors vectors, IReadOnlyList<IReadOnlyList<int>> groups);

    /// <summary>The coefficients that decide the merge which the rule's weights stand for.</summary>
    /// <param name="space">The coefficients; chunks of one group of tensors get the group's, a profile's knots those of all tensors that they act on.</param>
    /// <param name="merge">The operator, for errors.</param>
    /// <returns>One value a weight, whatever its bounds, and what is to be said of them.</returns>
    /// <exception cref="MergeException">The formula gives no weights for these task vectors, or the operator has no coefficients that stand for them.</exception>
    public (IReadOnlyList<double> Coefficients, IReadOnlyList<string> Notes) Apply(MergeSpace space, MergeOperator merge)
    {
        PreparedMerge prepared = space.Merge;
        int columns = prepared.Columns.Count;
        Dictionary<string, int> tensors = prepared.Source.Layout.Tensors.Index().ToDictionary(tensor => tensor.Item.Name, tensor => tensor.Index);
        IGrouping<string, int>[] groups = [.. Enumerable.Range(0, space.Groups.Count).GroupBy(group => space.UncutGroup(group * columns))];
        RuleWeights weights = Weigh(
            prepared.Source, [.. groups.Select(chunks => chunks.SelectMany(group => space.Elements(group * columns)).Select(part => tensors[part.Tensor]).Distinct().ToArray())]);
        double[] coefficients = new double[space.WeightCount];
        foreach ((int index, IGrouping<string, int> chunks) in groups.Index())
        {
            IReadOnlyList<double> row = prepared.Coefficients(weights.Groups[index]) ?? throw new MergeException(
                $"rule {Name}: gives the task-arithmetic weights {Text(weights.Groups[index])}, for which operator {merge.Name} has no coefficients{(merge is WeightedAverage ? ", because they do not sum to 1" : "")}.");
            foreach (int group in chunks)
            {
                for (int k = 0; k < columns; k++)
                {
                    coefficients[(group * columns) + k] = row[k];
                }
            }
        }

        return (coefficients, weights.Notes);
    }

    /// <summary>What people are told of a rule's coefficients: each expert's, or their range.</summary>
    /// <param name="space">The coefficients.</param>
    /// <param name="values">One value a weight, or a coefficient.</param>
    public string Describe(MergeSpace space, IReadOnlyList<double> values) => $"rule {Name}: " + string.Join(", ", Enumerable.Range(0, space.WeightCount).GroupBy(space.Expert, index => values[index])
        .Select(own => own.Min() is var least && own.Max() is var most && least == most
            ? FormattableString.Invariant($"{own.Key} {least:0.0000}")
            : FormattableString.Invariant($"{own.Key} {least:0.0000} to {most:0.0000}")));

    private static string Text(IEnumerable<double> weights) => $"[{string.Join(", ", weights.Select(weight => FormattableString.Invariant($"{weight:0.####}")))}]";
}
