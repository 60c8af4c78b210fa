using Search.Evaluation.Torch.Operators;

namespace Search.Evaluation.Torch;

/// <summary>Every ONNX operator that runs on libtorch.</summary>
internal static class KernelList
{
    private const int MostListed = 20;

    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> All { get; } =
    [
        .. Elementwise.Kernels,
        .. Activations.Kernels,
        .. Comparisons.Kernels,
        .. Matrices.Kernels,
        .. Reductions.Kernels,
        .. Shapes.Kernels,
        .. Indexing.Kernels,
        .. Creation.Kernels,
        .. Convolutions.Kernels,
        .. Pooling.Kernels,
        .. Normalizations.Kernels,
        .. Fused.Kernels,
        .. Resizing.Kernels,
        .. Attentions.Kernels,
    ];

    private static readonly Dictionary<(string Domain, string Type), Kernel> ByName = All.ToDictionary(kernel => (kernel.Domain, kernel.Type));

    /// <summary>An operator's kernel, or null when it does not run here.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="type">The operator.</param>
    public static Kernel? Find(string domain, string type) => ByName.GetValueOrDefault((domain, type));

    /// <summary>Refuses a graph that has operators without a kernel, naming all of them at once.</summary>
    /// <param name="nodes">The graph's nodes.</param>
    /// <param name="path">The graph's file.</param>
    /// <exception cref="SearchException">At least one node has no kernel.</exception>
    public static void RequireAll(IReadOnlyList<OnnxNode> nodes, string path)
    {
        List<OnnxNode> missing = [.. nodes.Where(node => Find(node.Domain, node.Type) is null)];
        if (missing.Count == 0)
        {
            return;
        }

        IEnumerable<string> lines = missing.Take(MostListed).Select(node =>
            $"node '{node.Name}': operator {(node.Domain.Length == 0 ? "ai.onnx" : node.Domain)}.{node.Type}, opset {node.Opset}");
        string more = missing.Count > MostListed ? $"\n  … and {missing.Count - MostListed} more" : "";
        string nodeCount = missing.Count == 1 ? "1 node has an operator" : $"{missing.Count} nodes have operators";
        throw new SearchException($"{path}: {nodeCount} that the torch engine lacks:\n  {string.Join("\n  ", lines)}{more}");
    }
}
