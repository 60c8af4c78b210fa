using Search.Merging.Kernels;
using Search.Yaml;

namespace Search.Merging;

/// <summary>What becomes of an element's products wₖ·vₖ where it is not their sum: a vote on the sign, and only those that agree with it are added.</summary>
/// <param name="Vote">What is counted.</param>
/// <param name="Divides">Whether the sum is divided by the weights of those added; by 1 where these sum to nearly nothing.</param>
/// <param name="Scale">What the result is multiplied by.</param>
/// <param name="TiePositive">Whether a tied vote elects the positive sign.</param>
public sealed record ReduceRule(SignVote Vote, bool Divides, float Scale, bool TiePositive) : MergeRule(Scale)
{
    /// <summary>The settings as a study writes them.</summary>
    public IEnumerable<(string Key, object? Value)> Entries() => [("vote", YamlText.Word(Vote)), ("normalize", Divides ? "true" : "false"), ("lambda", YamlText.Number(Scale))];

    /// <inheritdoc/>
    internal override void Merge<T, TStorage>(ReadOnlySpan<float> origin, T[][] vectors, int start, float baseWeight, ReadOnlySpan<float> weights, float scale, Span<float> destination) =>
        ReduceKernel.Merge<T, TStorage>(origin, vectors, start, baseWeight, weights, this, scale, destination);
}
