using System.Runtime.InteropServices;
using System.Text;

namespace Search.Native.OnnxRuntime;

/// <summary>Text across the boundary, by owner: ours goes out as a terminated copy, the library's comes in by copying and stays the library's.</summary>
internal static unsafe class OrtText
{
    /// <summary>Makes a terminated UTF-8 copy.</summary>
    /// <param name="text">Text without a NUL, which would cut it short on the other side.</param>
    /// <returns>The bytes, for <c>fixed</c>.</returns>
    /// <exception cref="ArgumentException">The text holds a NUL.</exception>
    public static byte[] ToNative(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0'))
        {
            throw new ArgumentException($"'{text.Replace("\0", "\\0", StringComparison.Ordinal)}' holds a NUL, which ends names in the library.", nameof(text));
        }

        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>Copies text the library keeps.</summary>
    /// <param name="text">Terminated UTF-8, or null.</param>
    /// <returns>The text; empty for null.</returns>
    public static string Borrowed(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;
}
