namespace Search.Storage;

/// <summary>A query's result, in managed memory.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">
/// The rows, one value a column: null, numbers, <see cref="bool"/>, <see cref="string"/>, <see cref="DateTime"/>, <see cref="DateOnly"/>,
/// <c>object?[]</c> for lists, arrays of <c>KeyValuePair&lt;object, object?&gt;</c> for maps and structs; other types as text.
/// </param>
public sealed record QueryResult(IReadOnlyList<QueryColumn> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows);
