using Search.Native;

namespace Search.Storage;

/// <summary>What <see cref="AtomicFile"/> is for streams, for writers that take a path, and with the folder flushed too, so that a rename survives a power cut.</summary>
internal static class DurableFile
{
    /// <summary>What a file is called while it is written.</summary>
    public const string TemporaryExtension = ".tmp";

    /// <summary>Writes or replaces a file.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="write">Writes the content to the path it is given.</param>
    /// <exception cref="StorageException">The disk said no; the temporary file is gone and an earlier file of the name is as it was.</exception>
    public static void Write(string path, Action<string> write) => Try(path, temporary =>
    {
        write(temporary);
        FileSync.File(temporary);
        File.Move(temporary, path, overwrite: true);
        FileSync.Directory(Path.GetDirectoryName(path)!);
    });

    /// <summary>Finds out whether <see cref="Write"/> would succeed, and leaves nothing behind.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="write">Writes some content to the path it is given.</param>
    /// <exception cref="StorageException">The disk said no.</exception>
    public static void Probe(string path, Action<string> write) => Try(path, temporary =>
    {
        write(temporary);
        File.Delete(temporary);
        if (Directory.Exists(path))
        {
            throw new IOException("a folder has that name");
        }
    });

    private static void Try(string path, Action<string> attempt)
    {
        string temporary = path + TemporaryExtension;
        try
        {
            attempt(temporary);
        }
        catch (Exception exception)
        {
            TryDelete(temporary);
            if (StorageException.IsRefusal(exception))
            {
                throw new StorageException(path, $"could not be written: {StorageException.FirstLine(exception)}", exception);
            }

            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            // The reason for the failed write is the one to tell; writers remove leftovers when they open.
        }
    }
}
