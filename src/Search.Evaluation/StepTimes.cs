namespace Search.Evaluation;

/// <summary>What a gradient step costs, in medians over steps.</summary>
/// <param name="Parameters">Parameters of the model.</param>
/// <param name="Experts">Experts, each with a task.</param>
/// <param name="Rows">Examples of each task.</param>
/// <param name="Version">libtorch's release.</param>
/// <param name="Device">Where it ran.</param>
/// <param name="StepMs">Milliseconds a step.</param>
/// <param name="MergeMs">Of them merging.</param>
/// <param name="ForwardMs">Of them in the forward pass.</param>
/// <param name="ObjectiveMs">Of them turning logits into the objective.</param>
/// <param name="BackwardMs">Of them in the backward pass.</param>
/// <param name="DotsMs">Of them in the dot products with the task vectors.</param>
/// <param name="CopyGigabytesPerSecond">The memory roof: bytes read and written by a plain copy in the same process.</param>
public sealed record StepTimes(
    long Parameters,
    int Experts,
    int Rows,
    string Version,
    string Device,
    double StepMs,
    double MergeMs,
    double ForwardMs,
    double ObjectiveMs,
    double BackwardMs,
    double DotsMs,
    double CopyGigabytesPerSecond)
{
    /// <summary>The most memory the process had, in bytes.</summary>
    public long PeakBytes { get; init; }

    /// <summary>The most memory tensors took on the CUDA device, in bytes; −1 where there is none or it cannot be told.</summary>
    public long PeakDeviceBytes { get; init; } = -1;

    /// <summary>Bytes an element of a task vector takes.</summary>
    public int VectorBytes { get; init; } = sizeof(float);

    /// <summary>The bytes a merge cannot avoid: every expert's vector and the base read, the result written.</summary>
    public double MergeGigabytes => ((VectorBytes * (double)Experts) + (2 * sizeof(float))) * Parameters / 1e9;

    /// <summary>How fast the merge moved them, as a fraction of the roof.</summary>
    public double MergeRoof => MergeGigabytes / (MergeMs / 1e3) / CopyGigabytesPerSecond;

    /// <summary>How fast the dot products read the task vectors and the gradient, as a fraction of the roof.</summary>
    public double DotsRoof => ((VectorBytes * (double)Experts) + sizeof(float)) * Parameters / 1e9 / (DotsMs / 1e3) / CopyGigabytesPerSecond;
}
