using System.Text;

namespace Search.Evaluation.Command;

/// <summary>The end of what a process prints, however much that is.</summary>
/// <param name="limit">How many bytes are kept.</param>
internal sealed class OutputTail(int limit)
{
    private readonly byte[] _ring = new byte[limit];
    private readonly Lock _lock = new();
    private long _read;

    /// <summary>Whether something was dropped.</summary>
    public bool IsCut => _read > _ring.Length;

    /// <summary>Reads until the stream ends or breaks.</summary>
    /// <param name="stream">What the process prints.</param>
    public async Task ReadAsync(Stream stream)
    {
        byte[] buffer = new byte[1 << 14];
        try
        {
            while (await stream.ReadAsync(buffer).ConfigureAwait(false) is var count and > 0)
            {
                lock (_lock)
                {
                    foreach (byte letter in buffer.AsSpan(0, count))
                    {
                        _ring[_read++ % _ring.Length] = letter;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Somebody holds the pipe who outlived the process; what it said is here.
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        lock (_lock)
        {
            int start = IsCut ? (int)(_read % _ring.Length) : 0;
            int count = (int)Math.Min(_read, _ring.Length);
            return Encoding.UTF8.GetString([.. _ring.AsSpan(start, Math.Min(count, _ring.Length - start)), .. _ring.AsSpan(0, start)]);
        }
    }
}
