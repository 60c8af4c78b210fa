using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Search.Native;
using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage;

/// <summary>
/// The parts of a run's ledger that can be read. What is torn, truncated or foreign is left out with a sentence about it;
/// a writer, which holds the run's lock, moves it to the folder <see cref="QuarantineName"/> first, but refuses what a newer program wrote.
/// </summary>
internal sealed class LedgerParts : IDisposable
{
    /// <summary>The folder, beside that of the parts so that no reader of those looks into it.</summary>
    public const string QuarantineName = "quarantine";

    private static readonly byte[] Magic = "PAR1"u8.ToArray();

    // For what goes wrong although the parts are what they were.
    private const int Attempts = 3;

    // duckdb_error_type.
    private const int OutOfMemory = 33;

    private readonly string _runDirectory;
    private readonly bool _isWriter;
    private readonly Action<string>? _warn;
    private readonly Dictionary<string, TrialPart> _good = [];
    private readonly HashSet<string> _left = [];
    private string? _runId;
    private DuckDbConnection? _connection;

    private LedgerParts(string runDirectory, string? runId, bool isWriter, Action<string>? warn)
    {
        _runDirectory = Path.GetFullPath(runDirectory);
        _runId = runId;
        _isWriter = isWriter;
        _warn = warn;
    }

    /// <summary>The folder of parts.</summary>
    public string Folder => Path.Combine(_runDirectory, TrialPartSet.FolderName);

    /// <summary>For a reader, which touches nothing. The run's id is the manifest's or, without one, that of the first part.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <param name="warn">Hears of each file that is left out.</param>
    public static LedgerParts ForReading(string runDirectory, Action<string>? warn)
    {
        string? runId = null;
        try
        {
            runId = RunManifest.Read(new RunDirectory(Path.GetFullPath(runDirectory))).RunId;
        }
        catch (SearchException)
        {
            // Trials can be read without a manifest.
        }

        return new LedgerParts(runDirectory, runId, isWriter: false, warn);
    }

    /// <summary>For the writer.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <param name="runId">The id that the run's rows carry.</param>
    /// <param name="warn">Hears of each file that is moved.</param>
    public static LedgerParts ForWriting(string runDirectory, string runId, Action<string>? warn) => new(runDirectory, runId, isWriter: true, warn);

    /// <summary>Lists the parts that can be read, as their footers and the columns that name run and version say; parts once found good are not looked at again.</summary>
    /// <returns>The parts.</returns>
    /// <exception cref="StorageException">The folder cannot be listed, a part cannot be read from the disk or moved, or this is the writer and a newer program wrote a part.</exception>
    public TrialPartSet Scan()
    {
        while (true)
        {
            bool hasVanished = false;
            TrialPartSet parts = TrialPartSet.Scan(Folder, part =>
            {
                if (_left.Contains(part.Path) || _good.TryGetValue(part.Path, out TrialPart? good))
                {
                    return _good.GetValueOrDefault(part.Path);
                }

                (string? fault, int version) = Check(part, isAgain: false);
                if (fault is null)
                {
                    return _good[part.Path] = part with { Version = version };
                }

                // Folded into another one meanwhile.
                hasVanished |= !File.Exists(part.Path);
                if (!hasVanished)
                {
                    Reject(part.Path, fault);
                }

                return null;
            });
            if (!hasVanished)
            {
                return parts;
            }
        }
    }

    /// <summary>Notes a part that was just written.</summary>
    /// <param name="part">The part.</param>
    public void Add(TrialPart part) => _good[part.Path] = part;

    /// <summary>Reads the parts, without those that cannot be read.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="read">Reads parts in append order, perhaps none; called again with others where it fails.</param>
    /// <returns>What it gave.</returns>
    /// <exception cref="StorageException">The folder cannot be read, or a part cannot be moved.</exception>
    public T Read<T>(Func<IReadOnlyList<TrialPart>, T> read)
    {
        for (int attempt = 1; ; attempt++)
        {
            TrialPartSet parts = Scan();
            try
            {
                return read(parts.Current);
            }
            catch (Exception exception) when (IsUnreadable(exception))
            {
                if (Scan().IsSameAs(parts) && !RejectUnreadable(parts) && attempt >= Attempts)
                {
                    throw new StorageException(Folder, $"cannot be read: {StorageException.FirstLine(exception)}", exception);
                }
            }
        }
    }

    /// <summary>Rejects the parts whose rows cannot be read, which their footers do not show.</summary>
    /// <param name="parts">The parts of which one could not be read.</param>
    /// <returns>Whether the parts to read are others now.</returns>
    /// <exception cref="StorageException">A part cannot be opened or moved.</exception>
    public bool RejectUnreadable(TrialPartSet parts)
    {
        bool isChanged = false;
        foreach (TrialPart part in parts.Current)
        {
            if (RowFault(part) is null)
            {
                continue;
            }

            ReadThrough(part.Path);
            if (RowFault(part) is { } fault)
            {
                isChanged = true;
                _good.Remove(part.Path);
                string? damage = Frame(part.Path);
                if (File.Exists(part.Path))
                {
                    Reject(part.Path, damage ?? $"its rows cannot be read: {fault}");
                }
            }
        }

        return isChanged;
    }

    /// <summary>Opens a connection to read parts with.</summary>
    /// <exception cref="StorageException">DuckDB cannot be loaded.</exception>
    public DuckDbConnection OpenLarge() => Open(ParquetEngine.OpenLarge);

    /// <summary>Moves away what is in the folder and is neither a part nor hidden, and removes what an interrupted write left.</summary>
    /// <exception cref="IOException">The disk said no.</exception>
    public void Tidy()
    {
        foreach (string path in Directory.GetFiles(Folder))
        {
            string name = Path.GetFileName(path);
            bool isTemporary = name.EndsWith(DurableFile.TemporaryExtension, StringComparison.Ordinal);
            if (isTemporary && TrialPart.Parse(path[..^DurableFile.TemporaryExtension.Length]) is not null)
            {
                File.Delete(path);
            }
            else if (TrialPart.Parse(path) is null && name[0] != '.')
            {
                Reject(path, "its name is not that of a trial file");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Disconnect();

    private void Reject(string path, string reason)
    {
        if (!_isWriter)
        {
            _left.Add(path);
            _warn?.Invoke($"{path}: {reason}; it is left out.");
            return;
        }

        string folder = Path.Combine(_runDirectory, QuarantineName);
        string target = Path.Combine(folder, Path.GetFileName(path));
        try
        {
            Directory.CreateDirectory(folder);
            for (int i = 2; File.Exists(target); i++)
            {
                target = Path.Combine(folder, $"{Path.GetFileName(path)}.{i}");
            }

            File.Move(path, target);
            FileSync.Directory(folder);
            FileSync.Directory(Folder);
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            throw new StorageException(path, $"{reason}, and it cannot be moved to {folder}: {StorageException.FirstLine(exception)}", exception);
        }

        _warn?.Invoke($"{path}: {reason}; it was moved to {target}, and trials that only it held are evaluated again.");
    }

    // That memory is short says nothing of a part.
    private static bool IsUnreadable(Exception exception) =>
        exception is FormatException or InvalidOperationException || (StorageException.IsRefusal(exception) && exception is not NativeException { Code: OutOfMemory });

    // Why a part's rows cannot be read, or null.
    private string? RowFault(TrialPart part)
    {
        using DuckDbConnection connection = OpenLarge();
        try
        {
            TrialReader.ReadAll(connection, TrialPartSet.Rows([part]));
            return null;
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return StorageException.FirstLine(exception);
        }
    }

    private (string? Fault, int Version) Check(TrialPart part, bool isAgain)
    {
        if (Frame(part.Path) is { } damage)
        {
            return (damage, 0);
        }

        string file = ParquetEngine.Read([part.Path]);
        try
        {
            Dictionary<string, string> types;
            using (DuckDbResult none = Connect().Query($"SELECT * FROM {file} LIMIT 0"))
            {
                types = none.Columns.ToDictionary(column => column.Name, column => column.Type.ToString());
            }

            if (types.GetValueOrDefault("run_id") != "VARCHAR" || types.GetValueOrDefault("schema_version") != "INTEGER")
            {
                return ("it is a Parquet file of something else than trials", 0);
            }

            using DuckDbResult result = Connect().Query($"SELECT min(run_id), max(run_id), min(schema_version), max(schema_version), count(*) = count(run_id) AND count(*) = count(schema_version) FROM {file}");
            return result.ReadRows().Single() is [string first, string last, int oldest, int newest, true]
                ? (Fault(part, types, first == last ? first : $"{first} and {last}", oldest, newest), newest)
                : ("it holds no trials", 0);
        }
        catch (NativeException exception) when (exception.Code != OutOfMemory)
        {
            // DuckDB refuses further work after some errors; a fresh connection forgets them all.
            Disconnect();
            if (!isAgain)
            {
                ReadThrough(part.Path);
                return Check(part, isAgain: true);
            }

            return ($"it is no whole Parquet file: {StorageException.FirstLine(exception)}", 0);
        }
    }

    private string? Fault(TrialPart part, Dictionary<string, string> types, string runId, int oldest, int newest)
    {
        if (newest > TrialColumns.SchemaVersion)
        {
            string reason = $"written by a newer program: schema_version {newest}, where this program knows those up to {TrialColumns.SchemaVersion}";

            // Nothing is wrong with it, and to evaluate all of it again is not what anybody wants.
            return _isWriter && (_runId is null || runId == _runId) ? throw new StorageException(part.Path, $"it was {reason}; go on with that program") : $"it was {reason}";
        }

        if (oldest != newest || oldest < 0)
        {
            return $"its rows have the schema versions {oldest} to {newest}";
        }

        _runId ??= runId;
        return runId != _runId ? $"it is a part of run {runId}, not of {_runId}" : TrialColumns.Mismatch(types, newest);
    }

    // A Parquet file begins and ends with a magic word, and says before the last one how long its footer is: whatever is cut short lacks one of them.
    private static string? Frame(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            Span<byte> ends = stackalloc byte[Magic.Length + sizeof(int) + Magic.Length];
            bool isWhole = length >= ends.Length
                && RandomAccess.Read(file, ends[..Magic.Length], 0) == Magic.Length
                && RandomAccess.Read(file, ends[Magic.Length..], length - sizeof(int) - Magic.Length) == sizeof(int) + Magic.Length
                && ends[..Magic.Length].SequenceEqual(Magic) && ends[^Magic.Length..].SequenceEqual(Magic)
                && BinaryPrimitives.ReadUInt32LittleEndian(ends[Magic.Length..]) <= length - ends.Length;
            return isWhole ? null : $"it is no whole Parquet file: of its {length} bytes, the first or the last are not what they must be";
        }
        catch (FileNotFoundException)
        {
            return "it is gone";
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            // What may not be opened says nothing about what it holds.
            throw new StorageException(path, $"cannot be opened: {StorageException.FirstLine(exception)}", exception);
        }
    }

    // What DuckDB refuses may be the disk's refusal (a read error, a stale handle of a network's file), which says nothing about what the file holds.
    private static void ReadThrough(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            file.CopyTo(Stream.Null);
        }
        catch (FileNotFoundException)
        {
            // Folded into another one meanwhile.
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            throw new StorageException(path, $"cannot be read: {StorageException.FirstLine(exception)}", exception);
        }
    }

    private DuckDbConnection Connect() => _connection ??= Open(ParquetEngine.OpenSmall);

    private DuckDbConnection Open(Func<DuckDbConnection> open)
    {
        try
        {
            return open();
        }
        catch (NativeException exception)
        {
            throw new StorageException(Folder, $"cannot be read: {exception.Message}", exception);
        }
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
