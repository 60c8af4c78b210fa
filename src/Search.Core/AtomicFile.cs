using System.Text;

namespace Search;

/// <summary>Writes files so that a reader, whenever the program or the machine dies, finds the old file or the whole new one.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside the file under the name plus <c>.tmp</c>, flushes to disk, renames over it; what a killed run left under that name is overwritten.</summary>
    /// <param name="path">The file to create or replace; its folder must exist.</param>
    /// <param name="write">Writes the content and leaves the stream open; what it throws is passed on, the old file stays and the temporary one goes.</param>
    /// <exception cref="SearchException">The file could not be written: disk full, read-only, no such folder, or another writer is at it.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = path + ".tmp";
        bool ours = false;
        try
        {
            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                ours = true;
                write(stream);
                stream.Flush(flushToDisk: true);
                if (!OperatingSystem.IsWindows())
                {
                    File.Move(temporary, path, overwrite: true);
                    ours = false;

                    // .NET opens no folders, so the folder cannot be flushed here. Flushing the renamed file again does it on journaling file
                    // systems (ext4, XFS, btrfs): the rename changed the file's ctime in the same transaction. POSIX does not promise it.
                    stream.Flush(flushToDisk: true);
                    return;
                }
            }

            File.Move(temporary, path, overwrite: true);
            ours = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SearchException($"{path}: the file cannot be written: {e.Message}", e);
        }
        finally
        {
            if (ours)
            {
                Remove(temporary);
            }
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark, in the manner of <see cref="Write"/>.</summary>
    /// <param name="path">The file to create or replace; its folder must exist.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="SearchException">The file could not be written.</exception>
    public static void WriteAllText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that brought us here matters more; the next write under this name overwrites the remains.
        }
    }
}
