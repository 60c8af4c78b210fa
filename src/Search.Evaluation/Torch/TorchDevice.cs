using System.Globalization;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Chooses where libtorch computes.</summary>
internal static class TorchDevice
{
    /// <summary>The device a study asks for, as libtorch writes it.</summary>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:i</c>.</param>
    /// <param name="library">What libtorch offers.</param>
    /// <returns><c>cpu</c> or <c>cuda:i</c>.</returns>
    /// <exception cref="SearchException">The text is no device, or libtorch does not offer it.</exception>
    public static string Resolve(string device, TorchDescription library)
    {
        const string Prefix = "cuda:";
        switch (device)
        {
            case "cpu":
                return device;
            case "auto":
                return library.CudaDevices > 0 ? "cuda:0" : "cpu";
        }

        int index = device == "cuda" ? 0
            : device.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(device[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : throw new SearchException($"device '{device}' is none the torch engine knows: auto, cpu, cuda, cuda:0, cuda:1, …");
        return index < library.CudaDevices
            ? $"cuda:{index}"
            : throw new SearchException($"device '{device}' is not there: libtorch {library.Version} ({library.Path}) sees {library.CudaDevices} CUDA devices; set SEARCH_LIBTORCH to a libtorch with CUDA and build its bridge, or use device: cpu.");
    }
}
