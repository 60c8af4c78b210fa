using System.Text.RegularExpressions;
using Search.Checkpoints;
using Search.Controller;

namespace Search.Merging;

/// <summary>One merge, fully said.</summary>
/// <param name="Operator">The merge function.</param>
/// <param name="Base">The base's checkpoint.</param>
/// <param name="Experts">The experts, in the file's order.</param>
/// <param name="Rules">For each expert, or whatever else has coefficients, its rules; the first that matches a tensor's name gives its coefficient.</param>
/// <param name="Buffers">What happens to batch-normalisation statistics.</param>
/// <param name="Private">Regular expressions of tensors that are never merged.</param>
/// <param name="Type">The element type of the merged tensors.</param>
public sealed record Recipe(
    MergeOperator Operator,
    string Base,
    IReadOnlyList<ExpertDefinition> Experts,
    IReadOnlyList<IReadOnlyList<RecipeRule>> Rules,
    BufferPolicy Buffers,
    IReadOnlyList<string> Private,
    TensorType Type)
{
    /// <summary>Which of the other tensors merge.</summary>
    public required TensorFilter Filter { get; init; }

    /// <summary>The expert whose tasks the model is for, where the operator makes one for each; else null.</summary>
    public string? Task { get; init; }

    /// <summary>Decides the merge for a family of models.</summary>
    /// <param name="family">The models the recipe names.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="MergeException">No rule matches a tensor, or a weighted average's weights sum to zero.</exception>
    public MergeWeights Decide(ModelFamily family)
    {
        PreparedMerge merge = Operator.Prepare(TaskVectors.Mapped(family));
        var space = new MergeSpace(merge, Granularity.Tensor, new TensorBlocks([]), Buffers);
        return space.Decode([.. space.Groups.SelectMany(tensor => Rules.Select((rules, column) =>
            rules.FirstOrDefault(rule => rule.Pattern.IsMatch(tensor))?.Value
            ?? throw new MergeException($"coefficients of {merge.Columns[column]}: no rule matches tensor '{tensor}' and there is no default.")))], Task);
    }
}

/// <summary>A coefficient for the tensors whose names match.</summary>
/// <param name="Pattern">The regular expression.</param>
/// <param name="Value">The coefficient.</param>
public sealed record RecipeRule(Regex Pattern, double Value);
