using Microsoft.Win32.SafeHandles;

namespace Search.Native.DuckDb;

/// <summary>The base of every DuckDB handle; counts those not yet disposed, so that tests can assert that none leaks.</summary>
internal abstract class DuckDbHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private static int _live;

    private int _counted = 1;

    /// <summary>Counts a handle in.</summary>
    protected DuckDbHandle()
        : base(ownsHandle: true) => Interlocked.Increment(ref _live);

    /// <summary>How many handles of the process are not yet disposed.</summary>
    public static int LiveCount => Volatile.Read(ref _live);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _counted, 0) == 1)
        {
            Interlocked.Decrement(ref _live);
        }

        base.Dispose(disposing);
    }
}
