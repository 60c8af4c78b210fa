using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>One pass's data, read from the files into the arrays that the graph is fed.</summary>
internal sealed class PassFeed : IDisposable
{
    private readonly Dictionary<string, OrtTensor> _inputs = new(StringComparer.Ordinal);

    /// <summary>Reads the data.</summary>
    /// <param name="library">The library.</param>
    /// <param name="examples">The files.</param>
    /// <param name="pass">The examples, of files whose shapes are the same.</param>
    /// <param name="tokens">The input that <c>next_token</c> reads, or null.</param>
    /// <exception cref="SearchException">The data cannot be read.</exception>
    public PassFeed(OnnxRuntimeLibrary library, ExamplePasses examples, IReadOnlyList<ExampleSegment> pass, string? tokens)
    {
        Batch[] batches = [.. pass.Select(segment => Read(examples.Files[(segment.Task, segment.Role)], segment))];
        int first = 0;
        Segments = [.. pass.Zip(batches, (segment, batch) => new PassSegment(segment, (first += segment.Count) - segment.Count, batch.Labels, Tokens(batch, tokens)))];
        Examples = first;
        try
        {
            foreach ((int index, BatchTensor input) in batches[0].Inputs.Index())
            {
                _inputs.Add(input.Name, OrtTensors.Wrap(library, Joined([.. batches.Select(batch => batch.Inputs[index].Values)]), [Examples, .. input.Shape.Skip(1)]));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private PassFeed(PassFeed whole, PassSegment part)
    {
        Segments = [part with { First = 0 }];
        Examples = part.Segment.Count;
        foreach ((string name, OrtTensor tensor) in whole._inputs)
        {
            _inputs.Add(name, tensor.Rows(part.First, Examples));
        }
    }

    /// <summary>Whose examples they are, in their order.</summary>
    public IReadOnlyList<PassSegment> Segments { get; }

    /// <summary>How many examples.</summary>
    public int Examples { get; }

    /// <summary>The data inputs by name.</summary>
    public IReadOnlyDictionary<string, OrtTensor> Inputs => _inputs;

    /// <summary>One segment's data as a pass of its own, in the same memory.</summary>
    /// <param name="part">One of the segments.</param>
    /// <returns>The pass; the caller disposes it.</returns>
    public PassFeed Only(PassSegment part) => new(this, part);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (OrtTensor tensor in _inputs.Values)
        {
            tensor.Dispose();
        }
    }

    // Examples that were chosen lie anywhere in the file.
    private static Batch Read(BatchSet file, ExampleSegment segment)
    {
        if (segment.Drawn is not { } drawn)
        {
            return file.Read(segment.First, segment.Count);
        }

        Batch[] rows = [.. drawn.AsSpan(segment.First, segment.Count).ToArray().Select(row => file.Read((int)row, 1))];
        return new Batch(
            [.. rows[0].Inputs.Select((input, i) => new BatchTensor(input.Name, Joined([.. rows.Select(row => row.Inputs[i].Values)]), [rows.Length, .. input.Shape.Skip(1)]))],
            [.. rows.SelectMany(row => row.Labels)],
            rows.Length);
    }

    private static Array Joined(Array[] parts)
    {
        if (parts is [{ } only])
        {
            return only;
        }

        var all = Array.CreateInstance(parts[0].GetType().GetElementType()!, parts.Sum(part => part.LongLength));
        long offset = 0;
        foreach (Array part in parts)
        {
            Array.Copy(part, 0, all, offset, part.LongLength);
            offset += part.LongLength;
        }

        return all;
    }

    private static int[] Tokens(Batch batch, string? input) => batch.Inputs.FirstOrDefault(each => each.Name == input)?.Values switch
    {
        null => [],
        long[] values => Array.ConvertAll(values, value => value is >= 0 and <= int.MaxValue ? (int)value : -1), // −1 is no token, and refused as such
        int[] values => values,
        Array values => [.. values.Cast<IConvertible>().Select(value => value.ToInt32(null))],
    };
}
