namespace Search.Storage;

/// <summary>A column of a query's result.</summary>
/// <param name="Name">The name; names may repeat.</param>
/// <param name="Type">The SQL type, such as <c>DOUBLE[]</c>.</param>
public sealed record QueryColumn(string Name, string Type);
