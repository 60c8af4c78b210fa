using System.Text;

namespace Search.Native.DuckDb;

/// <summary>
/// A chunk's column, read in place: valid until the chunk is disposed.
/// Each reader checks the type, because a wrong width would read foreign memory.
/// </summary>
internal readonly unsafe ref struct DuckDbVector
{
    private const int InlineBytes = 12;
    private const int StringBytes = 16;

    private readonly nint _vector;
    private readonly byte* _data;
    private readonly ulong* _validity;

    /// <summary>Looks at a vector.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="type">Its type.</param>
    public DuckDbVector(nint vector, DuckDbType type)
    {
        _vector = vector;
        Type = type;
        _data = (byte*)DuckDbApi.duckdb_vector_get_data(vector);
        _validity = (ulong*)DuckDbApi.duckdb_vector_get_validity(vector);
    }

    /// <summary>The column's type.</summary>
    public DuckDbType Type { get; }

    /// <summary>Whether a row is NULL; its value is then undefined.</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>True for NULL.</returns>
    public bool IsNull(long row) => _validity != null && (_validity[row >> 6] & (1UL << (int)(row & 63))) == 0;

    /// <summary>Reads an INTEGER.</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>The value.</returns>
    public int Int32(long row) => Read<int>(row, DuckDbTypeId.Integer);

    /// <summary>Reads a BIGINT.</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>The value.</returns>
    public long Int64(long row) => Read<long>(row, DuckDbTypeId.BigInt);

    /// <summary>Reads a DOUBLE.</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>The value.</returns>
    public double Double(long row) => Read<double>(row, DuckDbTypeId.Double);

    /// <summary>Reads a TIMESTAMP.</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>Microseconds since 1970.</returns>
    public long Microseconds(long row) => Read<long>(row, DuckDbTypeId.Timestamp);

    /// <summary>Reads a VARCHAR.</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>The text.</returns>
    public string Text(long row)
    {
        Require(DuckDbTypeId.Varchar);

        // duckdb_string_t: the length, then up to twelve bytes in place, or four bytes of prefix and a pointer.
        byte* text = _data + (row * StringBytes);
        uint length = *(uint*)text;
        return Encoding.UTF8.GetString(length <= InlineBytes ? text + 4 : *(byte**)(text + 8), (int)length);
    }

    /// <summary>Reads a DOUBLE[].</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>The elements; NULL elements as NaN.</returns>
    public double[] Doubles(long row)
    {
        DuckDbListEntry entry = Entry(row, DuckDbTypeId.List);
        DuckDbVector child = Part(0);
        child.Require(DuckDbTypeId.Double);
        double[] values = new ReadOnlySpan<double>((double*)child._data + entry.Offset, (int)entry.Length).ToArray();
        for (int i = 0; child._validity != null && i < values.Length; i++)
        {
            values[i] = child.IsNull((long)entry.Offset + i) ? double.NaN : values[i];
        }

        return values;
    }

    /// <summary>Reads a MAP(VARCHAR, DOUBLE).</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>The pairs in stored order.</returns>
    public KeyValuePair<string, double>[] NamedDoubles(long row)
    {
        DuckDbListEntry entry = Entry(row, DuckDbTypeId.Map);
        DuckDbVector names = Part(0);
        DuckDbVector values = Part(1);
        KeyValuePair<string, double>[] pairs = new KeyValuePair<string, double>[entry.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            long element = (long)entry.Offset + i;
            pairs[i] = new(names.Text(element), values.IsNull(element) ? double.NaN : values.Double(element));
        }

        return pairs;
    }

    /// <summary>Reads a MAP(VARCHAR, DOUBLE[]).</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>The pairs in stored order.</returns>
    public KeyValuePair<string, IReadOnlyList<double>>[] NamedLists(long row)
    {
        DuckDbListEntry entry = Entry(row, DuckDbTypeId.Map);
        DuckDbVector names = Part(0);
        DuckDbVector values = Part(1);
        var pairs = new KeyValuePair<string, IReadOnlyList<double>>[entry.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            long element = (long)entry.Offset + i;
            pairs[i] = new(names.Text(element), values.Doubles(element));
        }

        return pairs;
    }

    /// <summary>Reads a row's range of elements in a LIST or MAP.</summary>
    /// <param name="row">The row within the chunk.</param>
    /// <param name="id">The type it must be.</param>
    /// <returns>The range, for the vectors of <see cref="Part"/>.</returns>
    internal DuckDbListEntry Entry(long row, DuckDbTypeId id) => Read<DuckDbListEntry>(row, id);

    /// <summary>Looks at the child vector of a nested type; a list's and a map's are indexed by element, a struct's by row.</summary>
    /// <param name="index">The part: 0 for a list, 0 and 1 for a map's keys and values, the field for a struct.</param>
    /// <returns>The child.</returns>
    internal DuckDbVector Part(int index)
    {
        nint child = Type.Id switch
        {
            DuckDbTypeId.List => DuckDbApi.duckdb_list_vector_get_child(_vector),
            DuckDbTypeId.Map => DuckDbApi.duckdb_struct_vector_get_child(DuckDbApi.duckdb_list_vector_get_child(_vector), (ulong)index),
            _ => DuckDbApi.duckdb_struct_vector_get_child(_vector, (ulong)index),
        };
        return new DuckDbVector(child, Type.Parts[index].Type);
    }

    /// <summary>Reads a value of fixed width.</summary>
    /// <typeparam name="T">The value as DuckDB stores it.</typeparam>
    /// <param name="row">The row within the chunk.</param>
    /// <param name="id">The type it must be.</param>
    /// <returns>The value.</returns>
    internal T Read<T>(long row, DuckDbTypeId id)
        where T : unmanaged
    {
        Require(id);
        return ((T*)_data)[row];
    }

    private void Require(DuckDbTypeId id)
    {
        if (Type.Id != id)
        {
            throw new InvalidOperationException($"A column of type {Type} was read as {id}.");
        }
    }
}
