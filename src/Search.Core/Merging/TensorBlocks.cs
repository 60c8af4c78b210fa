using System.Text.RegularExpressions;

namespace Search.Merging;

/// <summary>Names the block (transformer layer or stage) that a tensor belongs to.</summary>
public sealed class TensorBlocks
{
    private readonly Regex[] _patterns;

    /// <summary>Compiles the patterns.</summary>
    /// <param name="patterns">Regular expressions, tried in order; the block is the first group's text, or the whole match where there is no group.</param>
    public TensorBlocks(IReadOnlyList<string> patterns) =>
        _patterns = [.. patterns.Select(pattern => new Regex(pattern, RegexOptions.CultureInvariant))];

    /// <summary>The name up to its first component that is a whole number or a numbered layer, block or stage: <c>blocks.3</c>, <c>encoder.layer.11</c>, <c>layer1.0</c>, <c>encoder_layer_0</c>.</summary>
    public static IReadOnlyList<string> DefaultPatterns { get; } = [@"^(.*?([./]\d+|(layer|block|stage)_\d+))[./]"];

    /// <summary>The block of tensors that no pattern matches: embeddings, final norms.</summary>
    public static string Rest => "rest";

    /// <summary>Names a tensor's block.</summary>
    /// <param name="tensor">The tensor's name.</param>
    public string Name(string tensor)
    {
        foreach (Regex pattern in _patterns)
        {
            Match match = pattern.Match(tensor);
            if (match.Success)
            {
                return match.Groups.Count > 1 && match.Groups[1].Success ? match.Groups[1].Value : match.Value;
            }
        }

        return Rest;
    }
}
