using Search.Checkpoints;

namespace Search.Cli.Export;

/// <summary>What an export writes, and where.</summary>
/// <param name="Folder">The folder, made if absent.</param>
/// <param name="Type">The element type of merged tensors.</param>
internal sealed record ExportOptions(string Folder, TensorType Type = TensorType.F32)
{
    /// <summary>The most bytes of tensors a file.</summary>
    public long ShardBytes { get; init; } = long.MaxValue;

    /// <summary>Whether the graph is written too, with the merged weights in it.</summary>
    public bool WithGraph { get; init; }
}
