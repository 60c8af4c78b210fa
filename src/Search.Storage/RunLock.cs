using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Search.Native;

namespace Search.Storage;

/// <summary>The exclusive right to write a run directory; the kernel takes it back when the process ends, however it ends.</summary>
public sealed class RunLock : IDisposable
{
    /// <summary>The lock file's name within a run directory.</summary>
    /// <remarks>The file stays when the lock is given back, because removing it would race with the next owner.</remarks>
    public const string FileName = "lock";

    private const int LongestOwner = 4096;

    // EWOULDBLOCK of Linux and of BSD and macOS, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] LockedElsewhere = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Locks a run directory.</summary>
    /// <param name="runDirectory">The run directory; it exists.</param>
    /// <param name="clock">Tells the start time written into the lock; null for the system's.</param>
    /// <returns>The lock, for the caller to dispose.</returns>
    /// <exception cref="StorageException">Another process holds it, or the file cannot be written.</exception>
    public static RunLock Acquire(string runDirectory, TimeProvider? clock = null)
    {
        string directory = Path.GetFullPath(runDirectory);
        string path = Path.Combine(directory, FileName);
        FileStream file = Open(directory, path);
        try
        {
            string since = (clock ?? TimeProvider.System).GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes($"process {Environment.ProcessId} on {Environment.MachineName} since {since}\n"));
            file.Flush();
            return new RunLock(file);
        }
        catch (Exception exception)
        {
            file.Dispose();
            if (StorageException.IsRefusal(exception))
            {
                throw new StorageException(path, $"could not be written: {StorageException.FirstLine(exception)}", exception);
            }

            throw;
        }
    }

    /// <summary>Whether some process holds a run's lock now.</summary>
    /// <param name="runDirectory">The run directory.</param>
    public static bool IsHeld(string runDirectory)
    {
        try
        {
            // Reading asks for a shared lock, which the owner's exclusive one refuses.
            using var file = new FileStream(Path.Combine(runDirectory, FileName), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return false;
        }
        catch (IOException exception)
        {
            return LockedElsewhere.Contains(exception.HResult);
        }
        catch (UnauthorizedAccessException)
        {
            // Somebody else's run: whether it is at work cannot be seen.
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileStream Open(string directory, string path)
    {
        try
        {
            // Sharing nothing is flock(LOCK_EX) on Unix. No buffer: what is written is in the file at once.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (LockedElsewhere.Contains(exception.HResult))
        {
            throw new StorageException(directory, $"the run is in use by {Owner(path)}", exception);
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            throw new StorageException(directory, $"the run cannot be locked: {StorageException.FirstLine(exception)}", exception);
        }
    }

    private static string Owner(string path)
    {
        using SafeFileHandle? handle = FileSync.OpenUnlocked(path);
        byte[] content = new byte[LongestOwner];
        string owner = handle is null ? string.Empty : Encoding.UTF8.GetString(content, 0, RandomAccess.Read(handle, content, 0)).Trim();
        return owner.Length == 0 ? "another process" : owner;
    }
}
