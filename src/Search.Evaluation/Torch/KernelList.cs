using Search.Evaluation.Torch.Operators;

namespace Search.Evaluation.Torch;

/// <summary>Every ONNX operator that runs on libtorch.</summary>
internal static class KernelList
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> All { get; } = [.. Elementwise.Kernels, .. Matrices.Kernels];

    private static readonly Dictionary<(string Domain, string Type), Kernel> ByName = All.ToDictionary(kernel => (kernel.Domain, kernel.Type));

    /// <summary>An operator's kernel, or null when it does not run here.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="type">The operator.</param>
    public static Kernel? Find(string domain, string type) => ByName.GetValueOrDefault((domain, type));

    public static void RequireAll(IReadOnlyList<OnnxNode> nodes, string path)
    {
        if (nodes.FirstOrDefault(node => Find(node.Domain, node.Type) is null) is { } missing)
        {
            throw new SearchException($"{path}: {missing.Type}");
        }
    }
}
