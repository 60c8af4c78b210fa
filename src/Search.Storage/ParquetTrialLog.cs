using Search.Native;
using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage;

/// <summary>
/// The ledger of a run as Parquet files in its <c>trials</c> folder, one file an append.
/// The caller holds the run's <see cref="RunLock"/>.
/// </summary>
public sealed class ParquetTrialLog : ITrialLog, IDisposable
{
    private const string Table = "pending";
    private const int FoldedAtOnce = 64;

    private readonly LedgerParts _parts;
    private readonly string _folder;
    private readonly string _runId;
    private DuckDbConnection? _connection;
    private long _next;

    private ParquetTrialLog(LedgerParts parts, string runId)
    {
        _parts = parts;
        _folder = parts.Folder;
        _runId = runId;
    }

    /// <summary>Opens a run's ledger for writing, creates its folder, removes what an interrupted write left and moves away what is no part of the ledger.</summary>
    /// <param name="runDirectory">The run directory; it exists.</param>
    /// <param name="runId">The id each row carries.</param>
    /// <param name="warn">Hears a sentence about each file that is moved, now and later.</param>
    /// <returns>The ledger.</returns>
    /// <exception cref="StorageException">The folder cannot be made, a part cannot be opened or moved, or DuckDB cannot be loaded.</exception>
    public static ParquetTrialLog Open(string runDirectory, string runId, Action<string>? warn = null)
    {
        ParquetTrialLog? log = null;
        string folder = Path.Combine(Path.GetFullPath(runDirectory), TrialPartSet.FolderName);
        try
        {
            Directory.CreateDirectory(folder);
            FileSync.Directory(Path.GetDirectoryName(folder)!);
            log = new(LedgerParts.ForWriting(runDirectory, runId, warn), runId);
            log.Connect();
            log._next = log._parts.Scan().Next;
            log._parts.Tidy();
            return log;
        }
        catch (Exception exception)
        {
            log?.Dispose();
            if (!StorageException.IsRefusal(exception))
            {
                throw;
            }

            string reason = exception is NativeException ? exception.Message : StorageException.FirstLine(exception);
            throw new StorageException(folder, $"the ledger cannot be opened: {reason}", exception);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Trial> Read() => TrialReader.Read(_parts);

    /// <inheritdoc/>
    public void Append(IReadOnlyList<Trial> trials)
    {
        ArgumentOutOfRangeException.ThrowIfZero(trials.Count, nameof(trials));
        if (trials.FirstOrDefault(trial => trial is { State: TrialState.Running, Rung: null }) is { } running)
        {
            throw new ArgumentException($"Trial {running.Id} is still running; the ledger takes finished trials.", nameof(trials));
        }

        // A failed append leaves the number to the next one, which replaces whatever the failure left under that name.
        TrialPart part = TrialPart.Of(_folder, _next);
        DurableFile.Write(part.Path, temporary => Write(temporary, connection => Fill(connection, trials), Table));
        _parts.Add(part);
        _next++;
        FoldRecent();
    }

    /// <inheritdoc/>
    public void Compact() => Fold(0);

    /// <inheritdoc/>
    public void Dispose()
    {
        Disconnect();
        _parts.Dispose();
    }

    // Every 64 appends their parts become one, every 64 of those one again, and so on: a trial is rewritten once for each power of 64
    // that the ledger reaches, and a reader of a million appends opens fewer than 256 files.
    private void FoldRecent()
    {
        try
        {
            for (long width = FoldedAtOnce; _next % width == 0; width *= FoldedAtOnce)
            {
                Fold(_next - width);
            }
        }
        catch (StorageException)
        {
            // The trials are recorded; that there are more files than need be hurts nobody, and Compact folds them.
        }
    }

    private void Fold(long first)
    {
        TrialPartSet parts = _parts.Scan();
        TrialPart[] chosen;
        while ((chosen = [.. parts.Current.Where(part => part.First >= first)]).Length > 1)
        {
            foreach (TrialPart[] group in chosen.Chunk(ParquetEngine.FilesAtOnce).Where(group => group.Length > 1))
            {
                try
                {
                    Fold(group);
                }
                catch (StorageException)
                {
                    if (!_parts.RejectUnreadable(parts))
                    {
                        throw;
                    }

                    break;
                }
            }

            parts = _parts.Scan();
        }

        DeleteCovered(parts.Covered);
    }

    private void Fold(TrialPart[] parts)
    {
        TrialPart folded = TrialPart.Of(_folder, parts[0].First, parts[^1].Last);
        DurableFile.Write(folded.Path, temporary => Write(temporary, static _ => { }, $"({TrialPartSet.Rows(parts)})"));
        _parts.Add(folded);
    }

    private void DeleteCovered(IReadOnlyList<TrialPart> covered)
    {
        try
        {
            foreach (TrialPart part in covered)
            {
                File.Delete(part.Path);
            }

            FileSync.Directory(_folder);
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            throw new StorageException(_folder, $"compacted parts could not be deleted: {StorageException.FirstLine(exception)}", exception);
        }
    }

    // The rows live in a transaction that is rolled back: the table stays empty and its memory is returned.
    private void Write(string path, Action<DuckDbConnection> fill, string source)
    {
        DuckDbConnection connection = Connect();
        try
        {
            connection.Execute("BEGIN");
            fill(connection);
            connection.Execute(ParquetEngine.Copy(source, path));
            connection.Execute("ROLLBACK");
        }
        catch
        {
            // DuckDB refuses further work after some errors; a fresh connection forgets them all.
            Disconnect();
            throw;
        }
    }

    private void Fill(DuckDbConnection connection, IReadOnlyList<Trial> trials)
    {
        using DuckDbAppender appender = connection.Append(Table);
        foreach (Trial trial in trials)
        {
            TrialRows.Append(appender, _runId, trial);
        }

        appender.Flush();
    }

    private DuckDbConnection Connect()
    {
        if (_connection is null)
        {
            DuckDbConnection connection = ParquetEngine.OpenSmall();
            try
            {
                connection.Execute($"CREATE TABLE {Table} ({TrialColumns.Definitions})");
                _connection = connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        return _connection;
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
