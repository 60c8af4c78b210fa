namespace Search.Native.Torch;

/// <summary>Which libtorch is loaded.</summary>
/// <param name="Path">The bridge's file.</param>
/// <param name="Version">libtorch's release, such as <c>1.13.1</c>.</param>
/// <param name="CudaDevices">How many CUDA devices it can use.</param>
internal sealed record TorchDescription(string Path, string Version, int CudaDevices);
