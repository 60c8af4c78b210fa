namespace Search.Native;

/// <summary>A native library could not be loaded, or refused a call. The message is one sentence fit for the person at the terminal.</summary>
public sealed class NativeException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="library">The library's name, such as <c>onnxruntime</c>.</param>
    /// <param name="code">The library's own error code; 0 where it has none.</param>
    /// <param name="message">What was refused and why, with the library's own words where it gave any.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public NativeException(string library, int code, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Library = library;
        Code = code;
    }

    /// <summary>The library's name, such as <c>onnxruntime</c>.</summary>
    public string Library { get; }

    /// <summary>The library's own error code; 0 where it has none.</summary>
    public int Code { get; }
}
