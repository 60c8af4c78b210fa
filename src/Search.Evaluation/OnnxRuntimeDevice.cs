using System.Globalization;
using Search.Native;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>Chooses where a session computes.</summary>
internal static class OnnxRuntimeDevice
{
    /// <summary>The library's name for its CUDA provider.</summary>
    public const string CudaProvider = "CUDAExecutionProvider";

    /// <summary>Builds a session on the device asked for.</summary>
    /// <param name="library">The library.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:i</c>.</param>
    /// <param name="model">The serialised graph.</param>
    /// <param name="settings">Threads and folders; the device is set here.</param>
    /// <returns>The session, and the device as studies write it.</returns>
    /// <exception cref="SearchException">The text is no device, or the library does not offer it.</exception>
    /// <exception cref="NativeException">The library refuses the graph or the device.</exception>
    public static (OrtSession Session, string Device) CreateSession(OnnxRuntimeLibrary library, string device, ReadOnlySpan<byte> model, OrtSessionSettings settings)
    {
        bool offersCuda = library.Providers.Contains(CudaProvider);
        switch (device)
        {
            case "cpu":
                return (library.CreateSession(model, settings), "cpu");
            case "auto":
                return TryCuda(library, offersCuda, model, settings) ?? (library.CreateSession(model, settings), "cpu");
        }

        int index = ParseCuda(device) ?? throw new SearchException($"device '{device}' is none the onnxruntime engine knows: auto, cpu, cuda, cuda:0, cuda:1, …");
        string providers = string.Join(", ", library.Providers);
        if (!offersCuda)
        {
            throw new SearchException($"device '{device}' needs {CudaProvider}, and {library.Path} offers only {providers}; set {OnnxRuntimeLibrary.Spec.EnvironmentVariable} to a build that has it.");
        }

        try
        {
            return (library.CreateSession(model, settings with { CudaDevice = index }), $"cuda:{index}");
        }
        catch (NativeException exception)
        {
            throw new SearchException($"device '{device}' does not start: {exception.Message} ({library.Path} offers {providers}.)", exception);
        }
    }

    // A build may name the provider and yet lack its library or a device: then "auto" means the CPU.
    private static (OrtSession Session, string Device)? TryCuda(OnnxRuntimeLibrary library, bool offersCuda, ReadOnlySpan<byte> model, OrtSessionSettings settings)
    {
        if (!offersCuda)
        {
            return null;
        }

        try
        {
            return (library.CreateSession(model, settings with { CudaDevice = 0 }), "cuda:0");
        }
        catch (NativeException)
        {
            return null;
        }
    }

    private static int? ParseCuda(string device)
    {
        if (device == "cuda")
        {
            return 0;
        }

        const string Prefix = "cuda:";
        return device.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(device[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? index
            : null;
    }
}
