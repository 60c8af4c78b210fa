namespace Search.Storage;

/// <summary>The ledger's columns: a public contract, extended only together with <see cref="SchemaVersion"/>.</summary>
internal static class TrialColumns
{
    /// <summary>The version every row carries.</summary>
    public const int SchemaVersion = 3;

    // Since which version there is the column, and what rows of an earlier one have for it.
    private static readonly (string Name, string Type, int Since, string Missing)[] Columns =
    [
        ("run_id", "VARCHAR", 0, ""),
        ("trial_id", "BIGINT", 0, ""),
        ("parent", "BIGINT", 0, ""),
        ("strategy", "VARCHAR", 0, ""),
        ("generation", "INTEGER", 0, ""),
        ("label", "VARCHAR", 0, ""),
        ("role", "VARCHAR", 0, ""),
        ("state", "VARCHAR", 0, ""),
        ("reason", "VARCHAR", 0, ""),
        ("fidelity", "INTEGER", 0, ""),
        ("seed", "BIGINT", 0, ""),
        ("coefficients", "DOUBLE[]", 0, ""),
        ("objectives", "DOUBLE[]", 0, ""),
        ("scores", "MAP(VARCHAR, DOUBLE)", 0, ""),
        ("blocks", "MAP(VARCHAR, DOUBLE[])", 2, "MAP {}"),
        ("gradient", "DOUBLE[]", 1, "NULL"),
        ("started_at", "TIMESTAMP", 0, ""),
        ("merge_ms", "DOUBLE", 0, ""),
        ("forward_ms", "DOUBLE", 0, ""),
        ("backward_ms", "DOUBLE", 0, ""),
        ("objective_ms", "DOUBLE", 0, ""),
        ("bytes", "BIGINT", 1, "0"),
        ("engine", "VARCHAR", 0, ""),
        ("device", "VARCHAR", 0, ""),
        ("rung", "INTEGER", 3, "NULL"),
        ("schema_version", "INTEGER", 0, ""),
    ];

    /// <summary>The names in order, for a SELECT.</summary>
    public static string Names { get; } = string.Join(", ", Columns.Select(column => column.Name));

    /// <summary>Names and types in order, for a CREATE TABLE.</summary>
    public static string Definitions { get; } = string.Join(", ", Columns.Select(column => $"{column.Name} {column.Type}"));

    /// <summary>What rows that say how a trial ended have, and rungs of races have not, for a WHERE.</summary>
    public const string IsEnd = "rung IS NULL";

    /// <summary>A query with the columns and no row.</summary>
    public static string Empty { get; } =
        $"SELECT {string.Join(", ", Columns.Select(column => $"NULL::{column.Type} AS {column.Name}"))} WHERE false";

    /// <summary>What to select from rows of a version so that they are rows of this one.</summary>
    /// <param name="version">The version, at most <see cref="SchemaVersion"/>.</param>
    /// <returns>Expressions in the order of <see cref="Names"/>, for a SELECT.</returns>
    public static string Migrated(int version) => version == SchemaVersion
        ? Names
        : string.Join(", ", Columns.Select(column => column.Name == "schema_version" ? $"{SchemaVersion} AS schema_version"
            : column.Since > version ? $"{column.Missing}::{column.Type} AS {column.Name}"
            : column.Name));

    /// <summary>How columns differ from those of a version.</summary>
    /// <param name="types">Name to type, as DuckDB spells it.</param>
    /// <param name="version">The version.</param>
    /// <returns>The first difference in a few words, or null; columns beyond those of the version are none.</returns>
    public static string? Mismatch(IReadOnlyDictionary<string, string> types, int version)
    {
        foreach ((string name, string type, _, _) in Columns.Where(column => column.Since <= version))
        {
            if (!types.TryGetValue(name, out string? found))
            {
                return $"it has no column {name}";
            }

            if (found != type)
            {
                return $"its column {name} is {found} instead of {type}";
            }
        }

        return null;
    }
}
