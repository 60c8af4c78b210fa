namespace Search.Native.DuckDb;

/// <summary>A named column of a result, or a named part of a nested type.</summary>
/// <param name="Name">The name; <c>element</c> for a list's, <c>key</c> and <c>value</c> for a map's.</param>
/// <param name="Type">The type.</param>
internal sealed record DuckDbField(string Name, DuckDbType Type);
