namespace Search.Checkpoints;

/// <summary>A checkpoint file breaks its format's rules.</summary>
public sealed class CheckpointFormatException : SearchException
{
    /// <summary>Creates the error; the message gets the file, the tensor and the offset in front of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="message">The rule and the value that breaks it.</param>
    /// <param name="tensor">The tensor concerned, or null when the defect is the file's.</param>
    /// <param name="offset">Where in the file the defect lies, in bytes from its start, or null when it has no place.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public CheckpointFormatException(string path, string message, string? tensor = null, long? offset = null, Exception? innerException = null)
        : base(Describe(path, message, tensor, offset), innerException)
    {
        Path = path;
        Tensor = tensor;
        Offset = offset;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tensor concerned, or null when the defect is the file's.</summary>
    public string? Tensor { get; }

    /// <summary>Where in the file the defect lies, in bytes from its start, or null when it has no place.</summary>
    public long? Offset { get; }

    private static string Describe(string path, string message, string? tensor, long? offset)
    {
        string place = path;
        if (tensor is not null)
        {
            place += $", tensor '{tensor}'";
        }

        if (offset is not null)
        {
            place += $", byte {offset}";
        }

        return $"{place}: {message}";
    }
}
