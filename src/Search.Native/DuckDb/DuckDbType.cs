namespace Search.Native.DuckDb;

/// <summary>A logical type, copied out of DuckDB once so that reading values needs no type handles.</summary>
/// <param name="Id">Which type.</param>
internal sealed record DuckDbType(DuckDbTypeId Id)
{
    /// <summary>What a nested type consists of: a list's element, a map's key and value, a struct's fields.</summary>
    public IReadOnlyList<DuckDbField> Parts { get; private init; } = [];

    /// <summary>An enum's words, by index.</summary>
    public IReadOnlyList<string> Words { get; private init; } = [];

    /// <summary>The integer type that stores a decimal or an enum.</summary>
    public DuckDbTypeId Storage { get; private init; }

    /// <summary>A decimal's digits.</summary>
    public byte Width { get; private init; }

    /// <summary>A decimal's digits after the point.</summary>
    public byte Scale { get; private init; }

    /// <summary>Whether <see cref="DuckDbValues"/> reads values of the type; others are cast to text by the query.</summary>
    public bool IsReadable => Id switch
    {
        DuckDbTypeId.List or DuckDbTypeId.Map or DuckDbTypeId.Struct => Parts.All(part => part.Type.IsReadable),
        DuckDbTypeId.HugeInt or DuckDbTypeId.UHugeInt or DuckDbTypeId.Varchar or DuckDbTypeId.Decimal or DuckDbTypeId.Enum => true,
        DuckDbTypeId.Timestamp or DuckDbTypeId.TimestampTz or DuckDbTypeId.Date or DuckDbTypeId.SqlNull => true,
        _ => Id is >= DuckDbTypeId.Boolean and <= DuckDbTypeId.Double,
    };

    /// <summary>Copies a type.</summary>
    /// <param name="handle">The native type; the caller disposes it.</param>
    /// <returns>The copy.</returns>
    public static DuckDbType Read(LogicalTypeHandle handle)
    {
        DuckDbTypeId id = DuckDbApi.duckdb_get_type_id(handle);
        DuckDbType type = new(id);
        return id switch
        {
            DuckDbTypeId.List => type with { Parts = [Part("element", DuckDbApi.duckdb_list_type_child_type(handle))] },
            DuckDbTypeId.Map => type with
            {
                Parts = [Part("key", DuckDbApi.duckdb_map_type_key_type(handle)), Part("value", DuckDbApi.duckdb_map_type_value_type(handle))],
            },
            DuckDbTypeId.Struct => type with { Parts = Fields(handle) },
            DuckDbTypeId.Enum => type with { Storage = DuckDbApi.duckdb_enum_internal_type(handle), Words = EnumWords(handle) },
            DuckDbTypeId.Decimal => type with
            {
                Storage = DuckDbApi.duckdb_decimal_internal_type(handle),
                Width = DuckDbApi.duckdb_decimal_width(handle),
                Scale = DuckDbApi.duckdb_decimal_scale(handle),
            },
            _ => type,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Id switch
    {
        DuckDbTypeId.List => $"{Parts[0].Type}[]",
        DuckDbTypeId.Map => $"MAP({Parts[0].Type}, {Parts[1].Type})",
        DuckDbTypeId.Struct => $"STRUCT({string.Join(", ", Parts.Select(part => $"{part.Name} {part.Type}"))})",
        DuckDbTypeId.Decimal => $"DECIMAL({Width},{Scale})",
        DuckDbTypeId.TimestampTz => "TIMESTAMP WITH TIME ZONE",
        DuckDbTypeId.TimestampS => "TIMESTAMP_S",
        DuckDbTypeId.TimestampMs => "TIMESTAMP_MS",
        DuckDbTypeId.TimestampNs => "TIMESTAMP_NS",
        DuckDbTypeId.TimeTz => "TIME WITH TIME ZONE",
        DuckDbTypeId.SqlNull => "NULL",
        _ => Id.ToString().ToUpperInvariant(),
    };

    private static DuckDbField Part(string name, LogicalTypeHandle handle)
    {
        using (handle)
        {
            return new DuckDbField(name, Read(handle));
        }
    }

    private static DuckDbField[] Fields(LogicalTypeHandle handle)
    {
        DuckDbField[] fields = new DuckDbField[DuckDbApi.duckdb_struct_type_child_count(handle)];
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = Part(
                DuckDbApi.duckdb_struct_type_child_name(handle, (ulong)i) ?? string.Empty,
                DuckDbApi.duckdb_struct_type_child_type(handle, (ulong)i));
        }

        return fields;
    }

    private static string[] EnumWords(LogicalTypeHandle handle)
    {
        string[] words = new string[DuckDbApi.duckdb_enum_dictionary_size(handle)];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = DuckDbApi.duckdb_enum_dictionary_value(handle, (ulong)i) ?? string.Empty;
        }

        return words;
    }
}
