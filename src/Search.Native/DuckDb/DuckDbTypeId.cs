namespace Search.Native.DuckDb;

/// <summary>The C enum <c>duckdb_type</c>.</summary>
internal enum DuckDbTypeId
{
    /// <summary>No type.</summary>
    Invalid = 0,

    /// <summary>BOOLEAN, one byte.</summary>
    Boolean = 1,

    /// <summary>TINYINT.</summary>
    TinyInt = 2,

    /// <summary>SMALLINT.</summary>
    SmallInt = 3,

    /// <summary>INTEGER.</summary>
    Integer = 4,

    /// <summary>BIGINT.</summary>
    BigInt = 5,

    /// <summary>UTINYINT.</summary>
    UTinyInt = 6,

    /// <summary>USMALLINT.</summary>
    USmallInt = 7,

    /// <summary>UINTEGER.</summary>
    UInteger = 8,

    /// <summary>UBIGINT.</summary>
    UBigInt = 9,

    /// <summary>FLOAT.</summary>
    Float = 10,

    /// <summary>DOUBLE.</summary>
    Double = 11,

    /// <summary>TIMESTAMP: microseconds since 1970 without a zone.</summary>
    Timestamp = 12,

    /// <summary>DATE: days since 1970.</summary>
    Date = 13,

    /// <summary>TIME.</summary>
    Time = 14,

    /// <summary>INTERVAL.</summary>
    Interval = 15,

    /// <summary>HUGEINT, 128 bits.</summary>
    HugeInt = 16,

    /// <summary>VARCHAR, UTF-8.</summary>
    Varchar = 17,

    /// <summary>BLOB.</summary>
    Blob = 18,

    /// <summary>DECIMAL(width, scale), an integer of two to sixteen bytes.</summary>
    Decimal = 19,

    /// <summary>TIMESTAMP_S.</summary>
    TimestampS = 20,

    /// <summary>TIMESTAMP_MS.</summary>
    TimestampMs = 21,

    /// <summary>TIMESTAMP_NS.</summary>
    TimestampNs = 22,

    /// <summary>ENUM, an index into its words.</summary>
    Enum = 23,

    /// <summary>LIST.</summary>
    List = 24,

    /// <summary>STRUCT.</summary>
    Struct = 25,

    /// <summary>MAP: a list of structs of key and value.</summary>
    Map = 26,

    /// <summary>UUID.</summary>
    Uuid = 27,

    /// <summary>UNION.</summary>
    Union = 28,

    /// <summary>BIT.</summary>
    Bit = 29,

    /// <summary>TIME WITH TIME ZONE.</summary>
    TimeTz = 30,

    /// <summary>TIMESTAMP WITH TIME ZONE: microseconds since 1970, UTC.</summary>
    TimestampTz = 31,

    /// <summary>UHUGEINT, 128 bits.</summary>
    UHugeInt = 32,

    /// <summary>ARRAY of fixed length.</summary>
    Array = 33,

    /// <summary>ANY.</summary>
    Any = 34,

    /// <summary>BIGNUM.</summary>
    BigNum = 35,

    /// <summary>The type of a bare NULL.</summary>
    SqlNull = 36,
}
