using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Search.Native;

namespace Search.Storage;

/// <summary>
/// The exclusive right to write a run directory; the kernel takes it back when the process ends, however it ends. The file says who holds it
/// since when and, every few seconds, that the holder is alive: on a file system without locks that is all there is to go by.
/// </summary>
public sealed partial class RunLock : IDisposable
{
    /// <summary>The lock file's name within a run directory.</summary>
    /// <remarks>The file stays when the lock is given back, because removing it would race with the next owner.</remarks>
    public const string FileName = "lock";

    private const int LongestOwner = 4096;
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss 'UTC'";
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Silence = 6 * Beat;

    // EWOULDBLOCK of Linux and of BSD and macOS, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] LockedElsewhere = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream _file;
    private readonly TimeProvider _clock;
    private readonly string _owner;
    private readonly ITimer _beats;
    private readonly Lock _writing = new();

    private RunLock(FileStream file, TimeProvider clock)
    {
        _file = file;
        _clock = clock;
        _owner = $"process {Environment.ProcessId} on {Environment.MachineName} since {Now(clock)}";
        file.SetLength(0);
        Write();
        _beats = clock.CreateTimer(_ => Live(), null, Beat, Beat);
    }

    /// <summary>Locks a run directory.</summary>
    /// <param name="runDirectory">The run directory; it exists.</param>
    /// <param name="clock">Tells the times written into the lock; null for the system's.</param>
    /// <returns>The lock, for the caller to dispose.</returns>
    /// <exception cref="StorageException">Another process holds it, or the file cannot be written.</exception>
    public static RunLock Acquire(string runDirectory, TimeProvider? clock = null)
    {
        string directory = Path.GetFullPath(runDirectory);
        string path = Path.Combine(directory, FileName);
        clock ??= TimeProvider.System;
        FileStream file = Open(directory, path);
        try
        {
            RefuseLiving(directory, path, clock);
            return new RunLock(file, clock);
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
    public void Dispose()
    {
        _beats.Dispose();
        lock (_writing)
        {
            try
            {
                _file.SetLength(0);
            }
            catch (Exception exception) when (StorageException.IsRefusal(exception))
            {
                // A disk that has become read-only: the lock is given back all the same.
            }

            _file.Dispose();
        }
    }

    private void Live()
    {
        lock (_writing)
        {
            try
            {
                if (_file.CanWrite)
                {
                    Write();
                }
            }
            catch (Exception exception) when (StorageException.IsRefusal(exception))
            {
                // A full or read-only disk: the search itself says so.
            }
        }
    }

    // Of one length, so that it replaces itself and takes no room on a full disk.
    private void Write() => RandomAccess.Write(_file.SafeFileHandle, Encoding.UTF8.GetBytes($"{_owner}, last sign of life {Now(_clock)}\n"), 0);

    private static string Now(TimeProvider clock) => clock.GetUtcNow().ToString(TimeFormat, CultureInfo.InvariantCulture);

    // Where the kernel locks, having the lock proves that whoever had it is gone. Where it does not, the same file can be locked twice.
    private static void RefuseLiving(string directory, string path, TimeProvider clock)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0).Dispose();
        }
        catch (IOException exception) when (LockedElsewhere.Contains(exception.HResult))
        {
            return;
        }

        string owner = Owner(path);
        Match life = LifePattern().Match(owner);
        if (life.Success && DateTimeOffset.TryParseExact(life.Value, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset seen)
            && clock.GetUtcNow() - seen < Silence)
        {
            throw new StorageException(
                directory, $"the file system has no locks, and the run seems to be in use by {owner}; without another sign of life it can be taken over after {Silence.TotalSeconds:0} s");
        }
    }

    [GeneratedRegex(@"(?<=last sign of life ).*$", RegexOptions.CultureInvariant)]
    private static partial Regex LifePattern();

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
