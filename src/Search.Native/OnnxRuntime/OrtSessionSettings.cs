namespace Search.Native.OnnxRuntime;

/// <summary>How a session computes.</summary>
internal sealed record OrtSessionSettings
{
    /// <summary>Threads inside an operator, at least 1.</summary>
    /// <value>The default is every core.</value>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The CUDA device's index, or null for the CPU.</summary>
    /// <value>The default is null.</value>
    public int? CudaDevice { get; init; }

    /// <summary>Where tensors that the model keeps in other files lie, or null when it keeps none.</summary>
    /// <value>The default is null.</value>
    public string? ExternalDataFolder { get; init; }
}
