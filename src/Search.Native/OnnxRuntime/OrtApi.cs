using System.Runtime.InteropServices;

namespace Search.Native.OnnxRuntime;

/// <summary>
/// Calls into libonnxruntime. The function table and its statuses are private to this type, and every function that can fail is called
/// through <c>Check</c>, so no status can be dropped elsewhere. See https://onnxruntime.ai/docs/api/c/struct_ort_api.html.
/// </summary>
internal sealed unsafe partial class OrtApi
{
    /// <summary>The version of the function table asked for: the release that brought the newest function used here.</summary>
    public const int ApiVersion = 17;

    /// <summary>The library's name in errors.</summary>
    public const string LibraryName = "onnxruntime";

    private readonly Table* _table;
    private readonly nint _allocator;
    private int _liveHandles;

    /// <summary>Asks a loaded library for its function table.</summary>
    /// <param name="library">The loaded library.</param>
    /// <exception cref="NativeException">The library is no onnxruntime, or one older than 1.17.</exception>
    public OrtApi(LocatedLibrary library)
    {
        if (!NativeLibrary.TryGetExport(library.Handle, "OrtGetApiBase", out nint export))
        {
            throw new NativeException(LibraryName, 0, $"onnxruntime: {library.Path} exports no OrtGetApiBase, so it is some other library.");
        }

        TableBase* tables = ((delegate* unmanaged[Cdecl]<TableBase*>)export)();
        Version = OrtText.Borrowed(tables->GetVersionString());
        RefuseOldRelease(library.Path, Version);
        _table = tables->GetApi(ApiVersion);
        if (_table is null)
        {
            throw new NativeException(LibraryName, 0, $"onnxruntime: {library.Path} is version {Version} and does not offer version {ApiVersion} of its C API.");
        }

        nint allocator;
        Check(_table->GetAllocatorWithDefaultOptions(&allocator));
        _allocator = allocator;
    }

    /// <summary>The library's release, such as <c>1.30.0</c>.</summary>
    public string Version { get; }

    /// <summary>How many native objects exist that have not been released.</summary>
    public int LiveHandles => Volatile.Read(ref _liveHandles);

    /// <summary>Counts a handle in (+1) or out (−1).</summary>
    /// <param name="change">+1 or −1.</param>
    public void CountHandle(int change) => Interlocked.Add(ref _liveHandles, change);

    /// <summary>The execution providers the library was built with.</summary>
    /// <returns>Names such as <c>CPUExecutionProvider</c>, in the library's order.</returns>
    public IReadOnlyList<string> GetAvailableProviders()
    {
        byte** names;
        int count;
        Check(_table->GetAvailableProviders(&names, &count));
        try
        {
            string[] providers = new string[count];
            for (int i = 0; i < count; i++)
            {
                providers[i] = OrtText.Borrowed(names[i]);
            }

            return providers;
        }
        finally
        {
            Check(_table->ReleaseAvailableProviders(names, count));
        }
    }

    /// <summary>Creates the environment that sessions live in; the library itself keeps one a process and counts its users.</summary>
    /// <param name="logSeverity">From 0 (verbose) to 4 (fatal).</param>
    /// <param name="name">The name log lines carry.</param>
    /// <returns>The environment.</returns>
    public OrtEnvHandle CreateEnv(int logSeverity, string name)
    {
        nint env;
        fixed (byte* text = OrtText.ToNative(name))
        {
            Check(_table->CreateEnv(logSeverity, text, &env));
        }

        return new OrtEnvHandle(this, env);
    }

    /// <summary>Describes ordinary host memory.</summary>
    /// <returns>The description.</returns>
    public OrtMemoryInfoHandle CreateCpuMemoryInfo()
    {
        const int DeviceAllocator = 0;
        const int DefaultMemory = 0;
        nint info;
        Check(_table->CreateCpuMemoryInfo(DeviceAllocator, DefaultMemory, &info));
        return new OrtMemoryInfoHandle(this, info);
    }

    private void Check(Status status)
    {
        if (status.Pointer == 0)
        {
            return;
        }

        try
        {
            string message = OrtText.Borrowed(_table->GetErrorMessage(status.Pointer)).ReplaceLineEndings(" ").Trim();
            throw new NativeException(LibraryName, _table->GetErrorCode(status.Pointer), $"onnxruntime: {message}");
        }
        finally
        {
            _table->ReleaseStatus(status.Pointer);
        }
    }

    // Asking an old library for a newer table makes it write to stderr, so its version string is read first.
    private static void RefuseOldRelease(string path, string version)
    {
        if (System.Version.TryParse(version.Split('-', '+')[0], out Version? release) && release < new Version(1, ApiVersion))
        {
            throw new NativeException(LibraryName, 0, $"onnxruntime: {path} is version {version}; 1.{ApiVersion} or newer is needed.");
        }
    }
}
