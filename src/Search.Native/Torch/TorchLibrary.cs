using System.Collections.Concurrent;

namespace Search.Native.Torch;

/// <summary>libtorch through the bridge: operators by name, and what is not an operator.</summary>
internal static unsafe class TorchLibrary
{
    /// <summary>What people call it.</summary>
    public const string Name = "libtorch";

    /// <summary>The bridge's name in imports.</summary>
    public const string ImportName = "search_torch";

    private const string FolderVariable = "SEARCH_LIBTORCH";

    private static readonly ConcurrentDictionary<string, TorchOperator?> Operators = new(StringComparer.Ordinal);

    /// <summary>The places the bridge may lie in.</summary>
    public static NativeLibrarySpec Spec { get; } = new(
        "libtorch's bridge",
        "SEARCH_TORCH_BRIDGE",
        [],
        "libsearch_torch.so",
        $"install libtorch-dev and g++ and build again, or run torch-bridge/build.sh with {FolderVariable} naming a libtorch folder");

    private static readonly Lazy<LocatedLibrary> Located = new(static () =>
    {
        // OpenMP threads that spin for the next region take cores from the merge that runs between two of them. It is read once, when
        // the OpenMP library loads; what a person has set stays.
        if (OperatingSystem.IsLinux())
        {
            _ = TorchApi.setenv("GOMP_SPINCOUNT", "0", overwrite: 0);
        }

        return NativeLibraryLocator.Load(Spec);
    });

    /// <summary>The system's handle of the bridge.</summary>
    internal static nint Handle => Located.Value.Handle;

    /// <summary>How many tensors of the process have not been released.</summary>
    public static long LiveTensors => TorchApi.search_torch_live();

    /// <summary>Finds and loads bridge and libtorch, and says which they are.</summary>
    /// <returns>File, release and devices.</returns>
    /// <exception cref="NativeException">Either is nowhere, or they do not belong together; the message says what to do.</exception>
    public static TorchDescription Describe()
    {
        string path = Located.Value.Path;
        string compiled = TorchApi.Text(TorchApi.search_torch_version());
        string loaded = TorchApi.Text(TorchApi.search_torch_loaded_version());
        if (loaded.Length > 0 && Release(loaded) != Release(compiled))
        {
            throw new NativeException(Name, 0, $"{path} was built against libtorch {compiled} but found {loaded} at run time: run torch-bridge/build.sh again.");
        }

        string folder = TorchApi.Text(TorchApi.search_torch_folder());
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } wanted && Path.GetFullPath(wanted).TrimEnd('/') != folder.TrimEnd('/'))
        {
            throw new NativeException(Name, 0, $"{FolderVariable} is '{wanted}', but {path} was built against {(folder.Length > 0 ? folder : "the system's libtorch")}: run torch-bridge/build.sh again.");
        }

        int devices;
        TorchApi.Check(TorchApi.search_torch_cuda_devices(&devices), "CUDA devices could not be counted");
        return new TorchDescription(path, loaded.Length > 0 ? loaded : compiled, devices);
    }

    /// <summary>An operator, or null when this libtorch does not have it.</summary>
    /// <param name="name">Its name with its overload, such as <c>add.Tensor</c>.</param>
    public static TorchOperator? Find(string name) => Operators.GetOrAdd(name, static name =>
    {
        try
        {
            return new TorchOperator(name);
        }
        catch (NativeException)
        {
            return null;
        }
    });

    /// <summary>Calls an operator for its first result.</summary>
    /// <param name="name">Its name with its overload, such as <c>add.Tensor</c>.</param>
    /// <param name="arguments">In the declared order; missing ones at the end take their defaults.</param>
    /// <returns>The result; the caller disposes it.</returns>
    /// <exception cref="NativeException">There is no such operator, or it refuses the arguments.</exception>
    public static TorchTensor Call(string name, params ReadOnlySpan<TorchArgument> arguments) => Operator(name).Call(arguments);

    /// <summary>Calls an operator for all its results.</summary>
    /// <param name="name">Its name with its overload.</param>
    /// <param name="arguments">In the declared order; missing ones at the end take their defaults.</param>
    /// <returns>The results, null where one is not defined; the caller disposes them.</returns>
    /// <exception cref="NativeException">There is no such operator, or it refuses the arguments.</exception>
    public static TorchTensor?[] CallAll(string name, params ReadOnlySpan<TorchArgument> arguments) => Operator(name).CallAll(arguments);

    /// <summary>The value of a tensor with one element, waiting for it where it is still being computed.</summary>
    /// <param name="tensor">The tensor.</param>
    public static double Number(TorchTensor tensor) => Operator("item").CallNumber(tensor);

    /// <summary>Calls an operator whose result is a number, or a truth that counts as 1.</summary>
    /// <param name="name">Its name with its overload.</param>
    /// <param name="arguments">In the declared order; missing ones at the end take their defaults.</param>
    /// <exception cref="NativeException">There is no such operator, or it refuses the arguments.</exception>
    public static double Number(string name, params ReadOnlySpan<TorchArgument> arguments) => Operator(name).CallNumber(arguments);

    /// <summary>How many threads the calling thread's operators may use.</summary>
    /// <param name="count">At least 1.</param>
    public static void SetThreads(int count) => TorchApi.Check(TorchApi.search_torch_threads(count), "the number of threads could not be set");

    /// <summary>Switches whether the calling thread records what a backward pass needs.</summary>
    /// <param name="enabled">Whether to record.</param>
    public static void RecordGradients(bool enabled) => TorchApi.Check(TorchApi.search_torch_record_gradients(enabled ? 1 : 0), "gradients could not be switched");

    /// <summary>Whether the calling thread records what a backward pass needs.</summary>
    public static bool RecordsGradients => TorchApi.search_torch_records_gradients() != 0;

    /// <summary>Waits until a device has done everything asked of it.</summary>
    /// <param name="cuda">The CUDA device, or −1 for the CPU, which never runs behind.</param>
    public static void Synchronize(int cuda) => TorchApi.Check(TorchApi.search_torch_synchronize(cuda), "the device failed");

    /// <summary>Bytes that tensors take on a CUDA device now, and at most since the last reset; −1 where this build cannot tell.</summary>
    /// <param name="cuda">The device.</param>
    /// <param name="reset">Whether to begin a new peak.</param>
    public static (long Now, long Peak) Memory(int cuda, bool reset)
    {
        long now;
        long peak;
        TorchApi.Check(TorchApi.search_torch_memory(cuda, reset ? 1 : 0, &now, &peak), "the device's memory could not be read");
        return (now, peak);
    }

    /// <summary>Back-propagates from scalars, each weighed 1, to the tensors that a <see cref="GradientWatch"/> made, and frees what the forward pass kept.</summary>
    /// <param name="roots">The scalars.</param>
    /// <exception cref="NativeException">libtorch refuses.</exception>
    public static void Backward(params ReadOnlySpan<TorchTensor> roots)
    {
        nint* handles = stackalloc nint[roots.Length];
        for (int i = 0; i < roots.Length; i++)
        {
            handles[i] = roots[i].DangerousGetHandle();
        }

        int status = TorchApi.search_torch_backward(handles, roots.Length);
        foreach (TorchTensor root in roots)
        {
            GC.KeepAlive(root);
        }

        TorchApi.Check(status, "the backward pass failed");
    }

    // Builds add words of their own after the numbers: 2.6.0+cu124.
    private static string Release(string version) => string.Concat(version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.'));

    private static TorchOperator Operator(string name) => Find(name) ?? throw new NativeException(Name, 0, $"libtorch {TorchApi.Text(TorchApi.search_torch_version())} has no operator {name}.");
}
