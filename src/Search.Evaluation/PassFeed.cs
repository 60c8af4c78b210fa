using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>One pass's data, read from the files into the arrays that the graph is fed.</summary>
internal sealed class PassFeed : IDisposable
{
    private readonly Dictionary<string, OrtTensor> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Array> _values = new(StringComparer.Ordinal); // what the inputs wrap

    /// <summary>Reads the data.</summary>
    /// <param name="library">The library.</param>
    /// <param name="examples">The files.</param>
    /// <param name="pass">The examples, of files whose shapes are the same.</param>
    /// <param name="tokens">The input that <c>next_token</c> reads, or null.</param>
    /// <exception cref="SearchException">The data cannot be read.</exception>
    public PassFeed(OnnxRuntimeLibrary library, ExamplePasses examples, IReadOnlyList<ExampleSegment> pass, string? tokens)
    {
        Batch[] batches = [.. pass.Select(segment => examples.Files[(segment.Task, segment.Role)].Read(segment.First, segment.Count))];
        int first = 0;
        Segments = [.. pass.Zip(batches, (segment, batch) => new PassSegment(segment, (first += segment.Count) - segment.Count, batch.Labels, Tokens(batch, tokens)))];
        Examples = first;
        try
        {
            foreach ((int index, BatchTensor input) in batches[0].Inputs.Index())
            {
                Add(library, input.Name, Joined([.. batches.Select(batch => batch.Inputs[index].Values)]), [Examples, .. input.Shape.Skip(1)]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Copies examples that were chosen out of passes of all.</summary>
    /// <param name="library">The library.</param>
    /// <param name="whole">The passes of all examples of the role.</param>
    /// <param name="pass">The examples.</param>
    public PassFeed(OnnxRuntimeLibrary library, IReadOnlyList<PassFeed> whole, IReadOnlyList<ExampleSegment> pass)
    {
        ILookup<int, (PassFeed Pass, PassSegment Part)> parts = whole.SelectMany(feed => feed.Segments.Select(part => (feed, part))).ToLookup(place => place.part.Segment.Task);
        var places = new List<(PassFeed Pass, PassSegment Part, int Row)>(); // the row is within the part
        var segments = new List<PassSegment>();
        foreach (ExampleSegment segment in pass)
        {
            (PassFeed, PassSegment Part, int Row)[] own = [.. segment.Drawn.AsSpan(segment.First, segment.Count).ToArray().Select(example =>
            {
                (PassFeed feed, PassSegment part) = parts[segment.Task].First(place => example >= place.Part.Segment.First && example < place.Part.Segment.First + place.Part.Segment.Count);
                return (feed, part, (int)example - part.Segment.First);
            })];
            int[] Rows(Func<PassSegment, int[]> of) => [.. own.SelectMany(place => new ArraySegment<int>(of(place.Part), place.Row * (of(place.Part).Length / place.Part.Segment.Count), of(place.Part).Length / place.Part.Segment.Count))];
            segments.Add(new PassSegment(segment, places.Count, Rows(part => part.Labels), Rows(part => part.Tokens)));
            places.AddRange(own);
        }

        Segments = segments;
        Examples = places.Count;
        try
        {
            foreach ((string name, OrtTensor input) in places[0].Pass._inputs)
            {
                Array first = places[0].Pass._values[name];
                int size = first.Length / places[0].Pass.Examples;
                var values = Array.CreateInstance(first.GetType().GetElementType()!, (long)Examples * size);
                foreach ((int index, (PassFeed feed, PassSegment part, int row)) in places.Index())
                {
                    Array.Copy(feed._values[name], (long)(part.First + row) * size, values, (long)index * size, size);
                }

                Add(library, name, values, [Examples, .. input.Shape.Skip(1)]);
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

    private void Add(OnnxRuntimeLibrary library, string name, Array values, ReadOnlySpan<long> shape)
    {
        _values.Add(name, values);
        _inputs.Add(name, OrtTensors.Wrap(library, values, shape));
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
