using System.Text.RegularExpressions;
using Search.Checkpoints;
using Search.Controller;
using Search.Merging.Rules;

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

    /// <summary>What gives the coefficients of every tensor, so that <see cref="Rules"/> is empty, or null.</summary>
    public CoefficientRule? Formula { get; init; }

    /// <summary>The expert whose tasks the model is for, where the operator makes one for each; else null.</summary>
    public string? Task { get; init; }

    /// <summary>Decides the merge for a family of models.</summary>
    /// <param name="family">The models the recipe names.</param>
    /// <param name="note">Hears what is to be said of it, a sentence without its full stop at a time.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="MergeException">No rule matches a tensor, the formula gives no coefficients, or a weighted average's weights sum to zero.</exception>
    public MergeWeights Decide(ModelFamily family, Action<string> note)
    {
        PreparedMerge merge = Operator.Prepare(TaskVectors.Mapped(family));
        var space = new MergeSpace(merge, Granularity.Tensor, new TensorBlocks([]), Buffers);
        foreach (string found in merge.Notes)
        {
            note(found);
        }

        if (Formula is not null)
        {
            (IReadOnlyList<double> coefficients, IReadOnlyList<string> notes) = Formula.Apply(space, Operator);
            foreach (string found in notes.Append(Formula.Describe(space, coefficients)))
            {
                note(found);
            }

            return space.Decode(coefficients);
        }

        return space.Decode([.. space.Groups.SelectMany(tensor => Rules.Select((rules, column) =>
            rules.FirstOrDefault(rule => rule.Pattern.IsMatch(tensor))?.Value
            ?? throw new MergeException($"coefficients of {merge.Columns[column]}: no rule matches tensor '{tensor}' and there is no default.")))], Task);
    }
}

/// <summary>A coefficient for the tensors whose names match.</summary>
/// <param name="Pattern">The regular expression.</param>
/// <param name="Value">The coefficient.</param>
public sealed record RecipeRule(Regex Pattern, double Value);
