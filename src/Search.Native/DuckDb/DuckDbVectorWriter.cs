using System.Text;

namespace Search.Native.DuckDb;

/// <summary>Writes values into the vectors of a chunk under construction; the caller vouches for vector type and row.</summary>
internal static unsafe class DuckDbVectorWriter
{
    /// <summary>Marks a row NULL.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="row">The row.</param>
    public static void Null(nint vector, int row)
    {
        DuckDbApi.duckdb_vector_ensure_validity_writable(vector);
        ((ulong*)DuckDbApi.duckdb_vector_get_validity(vector))[row >> 6] &= ~(1UL << (row & 63));
    }

    /// <summary>Writes a value of fixed width.</summary>
    /// <typeparam name="T">The value as DuckDB stores it.</typeparam>
    /// <param name="vector">The vector.</param>
    /// <param name="row">The row.</param>
    /// <param name="value">The value.</param>
    public static void Fixed<T>(nint vector, long row, T value)
        where T : unmanaged => ((T*)DuckDbApi.duckdb_vector_get_data(vector))[row] = value;

    /// <summary>Writes a VARCHAR.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="row">The row.</param>
    /// <param name="value">The text; unpaired surrogates become the replacement character.</param>
    public static void Text(nint vector, long row, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* text = bytes)
        {
            // An empty array pins as null, which DuckDB takes for no text at all.
            byte none = 0;
            DuckDbApi.duckdb_vector_assign_string_element_len(vector, (ulong)row, text == null ? &none : text, (ulong)bytes.Length);
        }
    }

    /// <summary>Writes a DOUBLE[].</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="row">The row.</param>
    /// <param name="values">The elements.</param>
    public static void Doubles(nint vector, long row, IReadOnlyList<double> values)
    {
        long offset = Grow(vector, row, values.Count);
        nint child = DuckDbApi.duckdb_list_vector_get_child(vector);
        for (int i = 0; i < values.Count; i++)
        {
            Fixed(child, offset + i, values[i]);
        }
    }

    /// <summary>Writes a VARCHAR[].</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="row">The row.</param>
    /// <param name="values">The elements.</param>
    public static void Texts(nint vector, int row, IReadOnlyList<string> values)
    {
        long offset = Grow(vector, row, values.Count);
        nint child = DuckDbApi.duckdb_list_vector_get_child(vector);
        for (int i = 0; i < values.Count; i++)
        {
            Text(child, offset + i, values[i]);
        }
    }

    /// <summary>Writes a MAP(VARCHAR, DOUBLE).</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="row">The row.</param>
    /// <param name="pairs">The pairs.</param>
    public static void NamedDoubles(nint vector, int row, IReadOnlyList<KeyValuePair<string, double>> pairs) => Map(vector, row, pairs, Fixed);

    /// <summary>Writes a MAP(VARCHAR, DOUBLE[]).</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="row">The row.</param>
    /// <param name="pairs">The pairs.</param>
    public static void NamedLists(nint vector, int row, IReadOnlyList<KeyValuePair<string, IReadOnlyList<double>>> pairs) => Map(vector, row, pairs, Doubles);

    private static void Map<T>(nint vector, int row, IReadOnlyList<KeyValuePair<string, T>> pairs, Action<nint, long, T> write)
    {
        long offset = Grow(vector, row, pairs.Count);
        nint entries = DuckDbApi.duckdb_list_vector_get_child(vector);
        nint keys = DuckDbApi.duckdb_struct_vector_get_child(entries, 0);
        nint values = DuckDbApi.duckdb_struct_vector_get_child(entries, 1);
        for (int i = 0; i < pairs.Count; i++)
        {
            Text(keys, offset + i, pairs[i].Key);
            write(values, offset + i, pairs[i].Value);
        }
    }

    // Growing may move the child's memory: child pointers are taken after it.
    private static long Grow(nint vector, long row, int count)
    {
        ulong offset = DuckDbApi.duckdb_list_vector_get_size(vector);
        DuckDbApi.duckdb_list_vector_reserve(vector, offset + (ulong)count);
        DuckDbApi.duckdb_list_vector_set_size(vector, offset + (ulong)count);
        Fixed(vector, row, new DuckDbListEntry(offset, (ulong)count));
        return (long)offset;
    }
}
