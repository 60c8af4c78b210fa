using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Computes a node.</summary>
/// <param name="node">The node, for its attributes and opset.</param>
/// <param name="inputs">The node's inputs in order; null for an optional one that is left out. Not the kernel's to dispose or to change.</param>
/// <returns>The node's outputs in order, fresh handles that the caller disposes; outputs at the end that the node does not name may be missing.</returns>
internal delegate TorchTensor?[] KernelFunction(OnnxNode node, TorchTensor?[] inputs);

/// <summary>How an ONNX operator runs on libtorch.</summary>
/// <param name="Domain">The operator's domain; "" for ONNX's own.</param>
/// <param name="Type">The operator, such as <c>MatMul</c>.</param>
/// <param name="Run">Computes it.</param>
/// <param name="HostInputs">Inputs that are read as numbers (shapes, axes, limits): they are given on the CPU whatever the device is.</param>
internal sealed record Kernel(string Domain, string Type, KernelFunction Run, params int[] HostInputs)
{
    /// <summary>A kernel of ONNX's own domain with one output.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="run">Computes it.</param>
    /// <param name="hostInputs">Inputs that are read as numbers.</param>
    public static Kernel Of(string type, Func<OnnxNode, TorchTensor?[], TorchTensor> run, params int[] hostInputs) =>
        new("", type, (node, inputs) => [run(node, inputs)], hostInputs);
}
