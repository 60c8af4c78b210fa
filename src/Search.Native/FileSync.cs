using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Search.Native;

/// <summary>Flushes files and folders to the disk itself, so that what was renamed into place survives a power cut.</summary>
internal static partial class FileSync
{
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;
    private const int InterruptedCall = 4;
    private const int InvalidArgument = 22;

    /// <summary>Flushes a file's content.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The system's reason.</exception>
    public static void File(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            Flush(path, isDirectory: false);
        }
        else
        {
            using SafeFileHandle handle = System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }
    }

    /// <summary>Flushes a folder's entries: what was created, renamed and deleted in it.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">The system's reason.</exception>
    public static void Directory(string path)
    {
        // Windows writes entries through its journal and has no call for it; elsewhere the call is not bound yet.
        if (OperatingSystem.IsLinux())
        {
            Flush(path, isDirectory: true);
        }
    }

    /// <summary>Opens a file for reading without the lock that .NET puts on every file it opens.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file, or null where it cannot be opened so.</returns>
    public static SafeFileHandle? OpenUnlocked(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        SafeFileHandle handle = open(path, ReadOnly | CloseOnExec);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    private static void Flush(string path, bool isDirectory)
    {
        using SafeFileHandle handle = open(path, ReadOnly | CloseOnExec);
        if (handle.IsInvalid)
        {
            throw Failure(path, "opened", Marshal.GetLastPInvokeError());
        }

        while (fsync(handle) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == InvalidArgument && isDirectory)
            {
                // Some network file systems cannot flush a folder; the rename is as durable as they make it.
                return;
            }

            if (error != InterruptedCall)
            {
                throw Failure(path, "flushed to disk", error);
            }
        }
    }

    private static IOException Failure(string path, string verb, int error) =>
        new($"{path} could not be {verb}: {Marshal.GetPInvokeErrorMessage(error)}");

    // SafeFileHandle closes the descriptor.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);
}
