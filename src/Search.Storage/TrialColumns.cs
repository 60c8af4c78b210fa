namespace Search.Storage;

/// <summary>The ledger's columns: a public contract, extended only together with <see cref="SchemaVersion"/>.</summary>
internal static class TrialColumns
{
    /// <summary>The version every row carries.</summary>
    public const int SchemaVersion = 1;

    private static readonly (string Name, string Type)[] Columns =
    [
        ("run_id", "VARCHAR"),
        ("trial_id", "BIGINT"),
        ("parent", "BIGINT"),
        ("strategy", "VARCHAR"),
        ("generation", "INTEGER"),
        ("label", "VARCHAR"),
        ("role", "VARCHAR"),
        ("state", "VARCHAR"),
        ("reason", "VARCHAR"),
        ("fidelity", "INTEGER"),
        ("seed", "BIGINT"),
        ("coefficients", "DOUBLE[]"),
        ("objectives", "DOUBLE[]"),
        ("scores", "MAP(VARCHAR, DOUBLE)"),
        ("gradient", "DOUBLE[]"),
        ("started_at", "TIMESTAMP"),
        ("merge_ms", "DOUBLE"),
        ("forward_ms", "DOUBLE"),
        ("backward_ms", "DOUBLE"),
        ("objective_ms", "DOUBLE"),
        ("bytes", "BIGINT"),
        ("engine", "VARCHAR"),
        ("device", "VARCHAR"),
        ("schema_version", "INTEGER"),
    ];

    /// <summary>The names in order, for a SELECT.</summary>
    public static string Names { get; } = string.Join(", ", Columns.Select(column => column.Name));

    /// <summary>Names and types in order, for a CREATE TABLE.</summary>
    public static string Definitions { get; } = string.Join(", ", Columns.Select(column => $"{column.Name} {column.Type}"));

    /// <summary>A query with the columns and no row.</summary>
    public static string Empty { get; } =
        $"SELECT {string.Join(", ", Columns.Select(column => $"NULL::{column.Type} AS {column.Name}"))} WHERE false";
}
