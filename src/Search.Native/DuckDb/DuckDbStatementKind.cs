namespace Search.Native.DuckDb;

/// <summary>The members of the C enum <c>duckdb_statement_type</c> that are told apart here.</summary>
internal enum DuckDbStatementKind
{
    /// <summary>No statement.</summary>
    Invalid = 0,

    /// <summary>SELECT and what is rewritten to it.</summary>
    Select = 1,

    /// <summary>COPY from or to a file.</summary>
    Copy = 11,

    /// <summary>EXPORT DATABASE.</summary>
    Export = 16,

    /// <summary>LOAD or INSTALL of an extension.</summary>
    Load = 21,

    /// <summary>ATTACH of a database file.</summary>
    Attach = 25,
}
