using System.Reflection;
using System.Runtime.InteropServices;
using Search.Native.DuckDb;
using Search.Native.Torch;

namespace Search.Native;

/// <summary>
/// Connects the library names in <c>LibraryImport</c> attributes with the files <see cref="NativeLibraryLocator"/> finds;
/// one place for all of them, because an assembly can have one resolver.
/// </summary>
internal static class NativeImports
{
    static NativeImports() => NativeLibrary.SetDllImportResolver(typeof(NativeImports).Assembly, Resolve);

    /// <summary>Makes sure the resolver is set; called by the static constructor of every class with imports.</summary>
    public static void Connect()
    {
        // The static constructor has done it.
    }

    // Zero lets the runtime look for the name itself, as it should for libc.
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) => name switch
    {
        DuckDbLibrary.Name => DuckDbLibrary.Handle,
        TorchLibrary.ImportName => TorchLibrary.Handle,
        _ => 0,
    };
}
