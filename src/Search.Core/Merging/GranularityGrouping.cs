namespace Search.Merging;

/// <summary>Tensors share coefficients by where and of which kind they are.</summary>
/// <param name="Granularity">Which do.</param>
public sealed record GranularityGrouping(Granularity Granularity) : TensorGrouping
{
    /// <inheritdoc/>
    public override string Title => Words.First(word => word.Value == Granularity).Key;

    /// <summary>The granularities by the words that studies write.</summary>
    public static IReadOnlyDictionary<string, Granularity> Words { get; } = new Dictionary<string, Granularity>
    {
        ["model"] = Granularity.Model,
        ["kind"] = Granularity.Kind,
        ["block"] = Granularity.Block,
        ["block_kind"] = Granularity.BlockKind,
        ["tensor"] = Granularity.Tensor,
    };

    /// <inheritdoc/>
    internal override GroupAssignment Assign(IReadOnlyList<string> tensors, TensorBlocks blocks, TensorKinds kinds) => new([.. tensors.Select(tensor => Granularity switch
    {
        Granularity.Model => "",
        Granularity.Kind => kinds.Name(tensor),
        Granularity.Block => blocks.Name(tensor),
        Granularity.BlockKind => $"{blocks.Name(tensor)}/{kinds.Name(tensor)}",
        _ => tensor,
    })]);
}
