using Search.Native;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>One task's batches of one role: the header is checked at once, the data is read at first use and kept.</summary>
/// <param name="library">The library.</param>
/// <param name="file">The file, owned from here on.</param>
internal sealed class TaskBatches(OnnxRuntimeLibrary library, BatchSet file) : IDisposable
{
    private readonly List<BatchFeed> _feeds = [];

    /// <summary>The batches in the file's order.</summary>
    /// <returns>The batches; this object owns them.</returns>
    /// <exception cref="SearchException">The data cannot be read.</exception>
    public IReadOnlyList<BatchFeed> Load()
    {
        if (_feeds.Count > 0)
        {
            return _feeds;
        }

        try
        {
            _feeds.AddRange(file.Load().Select(batch => new BatchFeed(library, batch)));
        }
        catch (Exception exception)
        {
            Clear();
            if (exception is IOException or NativeException)
            {
                throw new SearchException($"{file.Path}: the batches cannot be read: {exception.Message}", exception);
            }

            throw;
        }

        file.Dispose();
        return _feeds;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Clear();
        file.Dispose();
    }

    private void Clear()
    {
        _feeds.ForEach(feed => feed.Dispose());
        _feeds.Clear();
    }
}
