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

    private readonly string _runDirectory;
    private readonly string _folder;
    private readonly string _runId;
    private DuckDbConnection? _connection;
    private long _next;

    private ParquetTrialLog(string runDirectory, string folder, string runId)
    {
        _runDirectory = runDirectory;
        _folder = folder;
        _runId = runId;
        _next = TrialPartSet.Scan(folder).Next;
    }

    /// <summary>Opens a run's ledger for writing, creates its folder and removes what an interrupted write left.</summary>
    /// <param name="runDirectory">The run directory; it exists.</param>
    /// <param name="runId">The id each row carries.</param>
    /// <returns>The ledger.</returns>
    /// <exception cref="StorageException">The folder cannot be made, or DuckDB cannot be loaded.</exception>
    public static ParquetTrialLog Open(string runDirectory, string runId)
    {
        string folder = Path.Combine(Path.GetFullPath(runDirectory), TrialPartSet.FolderName);
        try
        {
            Directory.CreateDirectory(folder);
            FileSync.Directory(Path.GetDirectoryName(folder)!);
            foreach (string leftover in Directory.EnumerateFiles(folder, "*" + DurableFile.TemporaryExtension).ToArray())
            {
                File.Delete(leftover);
            }

            ParquetTrialLog log = new(Path.GetFullPath(runDirectory), folder, runId);
            log.Connect();
            return log;
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            string reason = exception is NativeException ? exception.Message : StorageException.FirstLine(exception);
            throw new StorageException(folder, $"the ledger cannot be opened: {reason}", exception);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Trial> Read() => TrialReader.Read(_runDirectory);

    /// <inheritdoc/>
    public void Append(IReadOnlyList<Trial> trials)
    {
        ArgumentOutOfRangeException.ThrowIfZero(trials.Count, nameof(trials));
        if (trials.FirstOrDefault(trial => trial.State == TrialState.Running) is { } running)
        {
            throw new ArgumentException($"Trial {running.Id} is still running; the ledger takes finished trials.", nameof(trials));
        }

        // A failed append leaves the number to the next one, which replaces whatever the failure left under that name.
        DurableFile.Write(TrialPart.Of(_folder, _next).Path, temporary => Write(temporary, connection => Fill(connection, trials), Table));
        _next++;
    }

    /// <inheritdoc/>
    public void Compact()
    {
        TrialPartSet parts = TrialPartSet.Scan(_folder);
        while (parts.Current.Count > 1)
        {
            foreach (TrialPart[] group in parts.Current.Chunk(ParquetEngine.FilesAtOnce).Where(group => group.Length > 1))
            {
                Fold(group);
            }

            parts = TrialPartSet.Scan(_folder);
        }

        DeleteCovered(parts.Covered);
    }

    /// <inheritdoc/>
    public void Dispose() => Disconnect();

    private void Fold(TrialPart[] parts)
    {
        string source = $"(SELECT {TrialColumns.Names} FROM {ParquetEngine.Read(parts.Select(part => part.Path))})";
        TrialPart folded = TrialPart.Of(_folder, parts[0].First, parts[^1].Last);
        DurableFile.Write(folded.Path, temporary => Write(temporary, static _ => { }, source));
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
