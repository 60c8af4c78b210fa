using System.Globalization;

namespace Search.Native.DuckDb;

/// <summary>Reads any readable value as an object.</summary>
internal static class DuckDbValues
{
    private const int DecimalDigits = 28;

    /// <summary>
    /// Reads a value: integers, <see cref="Int128"/>, floats, <see cref="bool"/>, <see cref="string"/>, <see cref="decimal"/> (text beyond 28 digits),
    /// <see cref="DateTime"/> for timestamps (UTC kind where the type has a zone), <see cref="DateOnly"/>, <c>object?[]</c> for lists and
    /// pairs of name and value for maps and structs; times outside .NET's range as text.
    /// </summary>
    /// <param name="vector">The column.</param>
    /// <param name="row">The row within the chunk.</param>
    /// <returns>The value, or null for NULL.</returns>
    public static object? Read(DuckDbVector vector, long row)
    {
        DuckDbTypeId id = vector.Type.Id;
        if (id == DuckDbTypeId.SqlNull || vector.IsNull(row))
        {
            return null;
        }

        return id switch
        {
            DuckDbTypeId.Boolean => vector.Read<byte>(row, id) != 0,
            DuckDbTypeId.TinyInt => vector.Read<sbyte>(row, id),
            DuckDbTypeId.SmallInt => vector.Read<short>(row, id),
            DuckDbTypeId.Integer => vector.Read<int>(row, id),
            DuckDbTypeId.BigInt => vector.Read<long>(row, id),
            DuckDbTypeId.UTinyInt => vector.Read<byte>(row, id),
            DuckDbTypeId.USmallInt => vector.Read<ushort>(row, id),
            DuckDbTypeId.UInteger => vector.Read<uint>(row, id),
            DuckDbTypeId.UBigInt => vector.Read<ulong>(row, id),
            DuckDbTypeId.HugeInt => vector.Read<Int128>(row, id),
            DuckDbTypeId.UHugeInt => vector.Read<UInt128>(row, id),
            DuckDbTypeId.Float => vector.Read<float>(row, id),
            DuckDbTypeId.Double => vector.Read<double>(row, id),
            DuckDbTypeId.Varchar => vector.Text(row),
            DuckDbTypeId.Decimal => ReadDecimal(vector, row),
            DuckDbTypeId.Enum => ReadEnum(vector, row),
            DuckDbTypeId.Date => ReadDate(vector.Read<int>(row, id)),
            DuckDbTypeId.Timestamp => ReadTime(vector.Read<long>(row, id), DateTimeKind.Unspecified),
            DuckDbTypeId.TimestampTz => ReadTime(vector.Read<long>(row, id), DateTimeKind.Utc),
            DuckDbTypeId.List => ReadList(vector, row),
            DuckDbTypeId.Map => ReadMap(vector, row),
            DuckDbTypeId.Struct => ReadStruct(vector, row),
            _ => throw new InvalidOperationException($"A value of type {vector.Type} must be cast to VARCHAR before it is read."),
        };
    }

    private static object ReadDecimal(DuckDbVector vector, long row)
    {
        DuckDbType type = vector.Type;
        Int128 digits = type.Storage switch
        {
            DuckDbTypeId.SmallInt => vector.Read<short>(row, type.Id),
            DuckDbTypeId.Integer => vector.Read<int>(row, type.Id),
            DuckDbTypeId.BigInt => vector.Read<long>(row, type.Id),
            _ => vector.Read<Int128>(row, type.Id),
        };
        if (type.Width <= DecimalDigits)
        {
            UInt128 size = (UInt128)Int128.Abs(digits);
            return new decimal((int)(uint)size, (int)(uint)(size >> 32), (int)(uint)(size >> 64), digits < 0, type.Scale);
        }

        string text = Int128.Abs(digits).ToString(CultureInfo.InvariantCulture).PadLeft(type.Scale + 1, '0');
        text = type.Scale == 0 ? text : $"{text[..^type.Scale]}.{text[^type.Scale..]}";
        return digits < 0 ? "-" + text : text;
    }

    private static string ReadEnum(DuckDbVector vector, long row)
    {
        DuckDbType type = vector.Type;
        uint index = type.Storage switch
        {
            DuckDbTypeId.UTinyInt => vector.Read<byte>(row, type.Id),
            DuckDbTypeId.USmallInt => vector.Read<ushort>(row, type.Id),
            _ => vector.Read<uint>(row, type.Id),
        };
        return type.Words[(int)index];
    }

    private static object ReadDate(int days)
    {
        long day = (long)days + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return day >= DateOnly.MinValue.DayNumber && day <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)day)
            : Beyond(days, int.MaxValue, "days");
    }

    private static object ReadTime(long micros, DateTimeKind kind)
    {
        long first = (DateTime.MinValue - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        long last = (DateTime.MaxValue - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return micros >= first && micros <= last
            ? DateTime.SpecifyKind(DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond), kind)
            : Beyond(micros, long.MaxValue, "microseconds");
    }

    // DuckDB's infinities are the largest value of the width and its negative.
    private static string Beyond(long value, long infinity, string unit) =>
        value == infinity ? "infinity" : value == -infinity ? "-infinity" : string.Create(CultureInfo.InvariantCulture, $"{value} {unit} from 1970");

    private static object?[] ReadList(DuckDbVector vector, long row)
    {
        DuckDbListEntry entry = vector.Entry(row, DuckDbTypeId.List);
        DuckDbVector elements = vector.Part(0);
        object?[] values = new object?[entry.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Read(elements, (long)entry.Offset + i);
        }

        return values;
    }

    private static KeyValuePair<object, object?>[] ReadMap(DuckDbVector vector, long row)
    {
        DuckDbListEntry entry = vector.Entry(row, DuckDbTypeId.Map);
        DuckDbVector keys = vector.Part(0);
        DuckDbVector values = vector.Part(1);
        KeyValuePair<object, object?>[] pairs = new KeyValuePair<object, object?>[entry.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            long element = (long)entry.Offset + i;
            pairs[i] = new(Read(keys, element)!, Read(values, element));
        }

        return pairs;
    }

    private static KeyValuePair<object, object?>[] ReadStruct(DuckDbVector vector, long row)
    {
        IReadOnlyList<DuckDbField> parts = vector.Type.Parts;
        KeyValuePair<object, object?>[] pairs = new KeyValuePair<object, object?>[parts.Count];
        for (int i = 0; i < pairs.Length; i++)
        {
            pairs[i] = new(parts[i].Name, Read(vector.Part(i), row));
        }

        return pairs;
    }
}
