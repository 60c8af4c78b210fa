namespace Search.Storage;

/// <summary>A file of a run directory could not be written or read.</summary>
public sealed class StorageException : SearchException
{
    /// <summary>Creates the error; the message gets the path in front of it.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="message">What could not be done and why, without the path.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public StorageException(string path, string message, Exception? innerException = null)
        : base($"{path}: {message}", innerException) => Path = path;

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>Whether an exception is a way for the disk or DuckDB to say no, rather than a defect here.</summary>
    /// <param name="exception">What was caught.</param>
    /// <returns>True where it should become a <see cref="StorageException"/>.</returns>
    internal static bool IsRefusal(Exception exception) =>
        exception is Native.NativeException or IOException or UnauthorizedAccessException;

    /// <summary>The part of a message fit for a sentence: DuckDB adds the statement and hints below its first line.</summary>
    /// <param name="exception">What was caught.</param>
    /// <returns>The first line without its final stop.</returns>
    internal static string FirstLine(Exception exception) => exception.Message.Trim().Split('\n')[0].TrimEnd('.', '\r');
}
