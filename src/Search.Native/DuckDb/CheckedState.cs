using System.Runtime.InteropServices.Marshalling;

namespace Search.Native.DuckDb;

/// <summary>A <c>duckdb_state</c> that was success: the marshaller throws otherwise, so that no caller can drop a failure.</summary>
[NativeMarshalling(typeof(CheckedStateMarshaller))]
internal readonly struct CheckedState;

/// <summary>Turns <c>DuckDBError</c> into an exception.</summary>
[CustomMarshaller(typeof(CheckedState), MarshalMode.ManagedToUnmanagedOut, typeof(CheckedStateMarshaller))]
internal static class CheckedStateMarshaller
{
    /// <summary>Checks the state.</summary>
    /// <param name="state">0 is success.</param>
    /// <returns>The proof of success.</returns>
    /// <exception cref="NativeException">The call failed; the wrapper that knows where DuckDB keeps its reason replaces the message.</exception>
    public static CheckedState ConvertToManaged(int state) =>
        state == 0 ? default : throw new NativeException(DuckDbLibrary.Name, state, "duckdb refused a call and gave no reason");
}
