namespace Search;

/// <summary>Writes files so that a reader, or a crash, sees the old content or the new one, never a part.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary name beside the file, flushes it to disk and renames it over the file; on failure the file is as it was.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="SearchException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception)
        {
            Discard(temporary);
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw new SearchException($"{path}: cannot be written: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <summary>Writes a UTF-8 text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">The content.</param>
    /// <exception cref="SearchException">The file cannot be written.</exception>
    public static void WriteAllText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report.
        }
    }
}
