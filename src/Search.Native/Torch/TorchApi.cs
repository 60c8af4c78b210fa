using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Search.Native.Torch;

/// <summary>The bridge's functions (shim/search_torch.cpp), C names kept.</summary>
internal static unsafe partial class TorchApi
{
    static TorchApi() => NativeImports.Connect();

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial byte* search_torch_error();

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial byte* search_torch_version();

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial byte* search_torch_loaded_version();

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial byte* search_torch_folder();

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial long search_torch_live();

    [LibraryImport(TorchLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_find(string name, string overload, nint* result);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_call(nint op, TorchValue* arguments, int argumentCount, TorchValue* results, int capacity, int* resultCount);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_wrap(
        void* data, long* sizes, int dimensions, TorchType type, delegate* unmanaged[Cdecl]<nint, void> release, nint context, nint* result);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial void search_torch_release(nint tensor);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_describe(nint tensor, long* sizes, int capacity, int* dimensions, TorchType* type, int* cuda, void** data);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_watch(nint tensor, delegate* unmanaged[Cdecl]<nint, long, nint, int> callback, nint context, long index, nint* result);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_backward(nint* roots, int count);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_record_gradients(int enabled);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_records_gradients();

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_threads(int count);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_cuda_devices(int* count);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_synchronize(int cuda);

    [LibraryImport(TorchLibrary.ImportName)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int search_torch_memory(int cuda, int reset, long* now, long* peak);

    // The process's own environment: .NET keeps a copy that native libraries do not see.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int setenv(string name, string value, int overwrite);

    /// <summary>Text of the bridge's, which keeps it.</summary>
    internal static string Text(byte* text) => Utf8StringMarshaller.ConvertToManaged(text) ?? "";

    /// <summary>Turns a status into an exception with libtorch's words; must follow the call on the same thread.</summary>
    /// <param name="status">What the function returned.</param>
    /// <param name="what">What was tried, for the message.</param>
    internal static void Check(int status, string what)
    {
        if (status != 0)
        {
            // libtorch appends C++ frames and hints over many lines; the first says what is wrong.
            string reason = Text(search_torch_error());
            int end = reason.IndexOf('\n', StringComparison.Ordinal);
            throw new NativeException(TorchLibrary.Name, status, $"{what}: {(end < 0 ? reason : reason[..end])}");
        }
    }
}
