using System.Text.RegularExpressions;

namespace Search.Merging;

/// <summary>Where in the depth of a model a tensor is.</summary>
/// <param name="Name">Its block, or <c>before</c> or <c>after</c> the blocks.</param>
/// <param name="Stack">
/// Which blocks its block is in a row with: those whose names differ in numbers only, so that towers, and an encoder and a decoder, are rows of
/// their own; null outside of blocks.
/// </param>
/// <param name="IsAfter">Whether it comes after the blocks.</param>
internal sealed partial record BlockPlace(string Name, string? Stack, bool IsAfter)
{
    private static readonly string[] Ends = [TensorKinds.Embedding, TensorKinds.Head];

    /// <summary>Finds the places of tensors: blocks that are nothing but embeddings or heads are outside of the blocks, as is what no block has.</summary>
    /// <param name="tensors">The tensors' names.</param>
    /// <param name="blocks">Names the blocks.</param>
    /// <param name="kinds">Names the kinds; outside of blocks embeddings and what belongs to them come before, all else after.</param>
    public static BlockPlace[] Of(IReadOnlyList<string> tensors, TensorBlocks blocks, TensorKinds kinds)
    {
        HashSet<string> outside = [TensorBlocks.Rest, .. tensors.GroupBy(blocks.Name).Where(block => block.All(tensor => Ends.Contains(kinds.Name(tensor)))).Select(block => block.Key)];
        return [.. tensors.Select(tensor =>
        {
            string block = blocks.Name(tensor);
            string kind = kinds.Name(tensor);
            bool isAfter = kind == TensorKinds.Head || (kind != TensorKinds.Embedding && !BelongsToEmbeddings().IsMatch(tensor));
            return !outside.Contains(block) ? new BlockPlace(block, Digits().Replace(block, "#"), IsAfter: false) : new BlockPlace(isAfter ? "after" : "before", null, isAfter);
        })];
    }

    // Norms between embeddings and blocks: BERT's embeddings.LayerNorm, CLIP's pre_layrnorm, ResNet's bn1.
    [GeneratedRegex(@"embed|(^|[./])(stem|pre_?layr?norm|ln_pre|norm_pre|norm0)[./]|^(model\.|module\.)?bn1[./]", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex BelongsToEmbeddings();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
