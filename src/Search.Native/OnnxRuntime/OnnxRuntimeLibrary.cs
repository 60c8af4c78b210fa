using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Search.Native.OnnxRuntime;

/// <summary>libonnxruntime, found and loaded: the place everything else of the binding comes from.</summary>
internal sealed class OnnxRuntimeLibrary
{
    private readonly OrtApi _api;

    private OnnxRuntimeLibrary(LocatedLibrary library)
    {
        Path = library.Path;
        Tried = library.Tried;
        _api = new OrtApi(library);
        Providers = _api.GetAvailableProviders();
    }

    /// <summary>Where the library is looked for.</summary>
    public static NativeLibrarySpec Spec { get; } = new(
        OrtApi.LibraryName,
        "SEARCH_ONNXRUNTIME",
        [$"onnxruntime-node/bin/napi-v6/linux/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64")}/libonnxruntime.so.1"],
        "libonnxruntime.so.1",
        "run ./run-search.sh, which installs it, or set SEARCH_ONNXRUNTIME to the file or its folder");

    /// <summary>The library's release, such as <c>1.30.0</c>.</summary>
    public string Version => _api.Version;

    /// <summary>The file it was loaded from.</summary>
    public string Path { get; }

    /// <summary>Every place that was looked at, in order, the one that had it last.</summary>
    public IReadOnlyList<string> Tried { get; }

    /// <summary>The execution providers it was built with, such as <c>CPUExecutionProvider</c>.</summary>
    public IReadOnlyList<string> Providers { get; }

    /// <summary>How many native objects exist that have not been released.</summary>
    public int LiveHandles => _api.LiveHandles;

    /// <summary>The calls, for tests of the native edge.</summary>
    internal OrtApi Api => _api;

    /// <summary>Finds and loads the library.</summary>
    /// <returns>The library.</returns>
    /// <exception cref="NativeException">It is nowhere, or too old; the message lists the places tried and says how to get it.</exception>
    public static OnnxRuntimeLibrary Load() => new(NativeLibraryLocator.Load(Spec));

    /// <summary>Makes a graph ready to run.</summary>
    /// <param name="model">A serialised ModelProto; not needed after the call.</param>
    /// <param name="settings">How to compute.</param>
    /// <returns>The session; the caller disposes it.</returns>
    /// <exception cref="NativeException">The library refuses the model or the provider.</exception>
    public OrtSession CreateSession(ReadOnlySpan<byte> model, OrtSessionSettings settings) => new(_api, model, settings);

    /// <summary>Wraps memory as a tensor without copying it; the memory stays pinned until the tensor is released.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="data">The elements, row-major.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <returns>The tensor; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The shape has another number of elements than the memory.</exception>
    public OrtTensor CreateTensor<T>(Memory<T> data, ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        if (OrtTensor.Product(shape) != data.Length)
        {
            throw new ArgumentException($"A tensor of shape [{string.Join(", ", shape.ToArray())}] does not have {data.Length} elements.", nameof(shape));
        }

        OrtElementType type = OrtTensor.TypeOf<T>();
        using OrtMemoryInfoHandle memory = _api.CreateCpuMemoryInfo();
        return new OrtTensor(_api, _api.CreateTensor(memory, data.Pin(), (long)data.Length * Unsafe.SizeOf<T>(), type, shape));
    }
}
