namespace Search.Native.DuckDb;

/// <summary>Which libduckdb is loaded.</summary>
/// <param name="Path">The file, or the bare name where the system's loader chose the file.</param>
/// <param name="Version">The version as the library says it, such as <c>v1.5.6</c>.</param>
internal sealed record DuckDbDescription(string Path, string Version);
