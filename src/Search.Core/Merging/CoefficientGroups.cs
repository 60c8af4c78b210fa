namespace Search.Merging;

/// <summary>Which elements of which tensors share coefficients, and which have none.</summary>
public sealed class CoefficientGroups
{
    private readonly ModelFamily _family;
    private readonly int[] _tensor; // by piece
    private readonly int[] _group; // by piece; -1 where no coefficient acts
    private readonly IReadOnlyList<double>?[] _fixed; // by tensor: its coefficients where they are fixed
    private readonly List<string> _uncut = []; // by group: its name before it was cut

    /// <summary>Lays the groups out in the checkpoint's order of names, chunk by chunk within a group.</summary>
    /// <param name="family">The models.</param>
    /// <param name="granularity">Which tensors share a coefficient.</param>
    /// <param name="blocks">Names the blocks.</param>
    /// <param name="chunks">
    /// Into how many chunks groups of tensors are cut, by the group's name: runs of equal length of its elements, tensor by tensor, each of
    /// which has coefficients of its own. Groups left out stay whole.
    /// </param>
    /// <param name="fixedGroups">Groups that have no coefficients but these, by the group's name: one an expert.</param>
    /// <exception cref="MergeException">A group is named that is not there, none is left to search, or one has fewer elements than chunks.</exception>
    public CoefficientGroups(
        ModelFamily family,
        Granularity granularity,
        TensorBlocks blocks,
        IReadOnlyDictionary<string, int>? chunks = null,
        IReadOnlyDictionary<string, IReadOnlyList<double>>? fixedGroups = null)
    {
        chunks ??= new Dictionary<string, int>();
        fixedGroups ??= new Dictionary<string, IReadOnlyList<double>>();
        _family = family;
        string Group(int tensor) => granularity switch
        {
            Granularity.Model => "",
            Granularity.Block => blocks.Name(family.Shared[tensor].Name),
            _ => family.Shared[tensor].Name,
        };
        int[] merged = [.. Enumerable.Range(0, family.Shared.Count).Where(t => !family.IsBuffer[t])];
        IGrouping<string, int>[] groups = [.. merged.GroupBy(Group, StringComparer.Ordinal)];
        if (chunks.Keys.Concat(fixedGroups.Keys).FirstOrDefault(name => groups.All(group => group.Key != name)) is { } unknown)
        {
            throw new MergeException($"chunks: no coefficient stands for '{unknown}'{NearestName.Hint(unknown, groups.Select(group => group.Key))}.");
        }

        var cuts = new IReadOnlyList<long>[family.Shared.Count];
        Array.Fill(cuts, []);
        var first = new int[family.Shared.Count]; // by tensor: the group of its first piece
        Array.Fill(first, -1);
        List<string> names = [];
        _fixed = new IReadOnlyList<double>[family.Shared.Count];
        foreach (IGrouping<string, int> group in groups)
        {
            if (fixedGroups.TryGetValue(group.Key, out IReadOnlyList<double>? values))
            {
                foreach (int t in group)
                {
                    _fixed[t] = values;
                }

                continue;
            }

            int count = chunks.GetValueOrDefault(group.Key, 1);
            Cut([.. group], group.Key, count, names.Count, first, cuts);
            names.AddRange(count == 1 ? [group.Key] : Enumerable.Range(1, count).Select(chunk => $"{group.Key}#{chunk}"));
            _uncut.AddRange(Enumerable.Repeat(group.Key, count));
        }

        if (names.Count == 0)
        {
            throw new MergeException("chunks: at least one group of tensors must have coefficients to search, and all are fixed.");
        }

        Pieces = new TensorPieces(cuts);
        _tensor = [.. cuts.SelectMany((cut, t) => Enumerable.Repeat(t, cut.Count + 1))];
        _group = [.. _tensor.Select((t, piece) => first[t] < 0 ? -1 : first[t] + piece - Pieces.First(t))];
        Names = names;
    }

    /// <summary>How the tensors are cut.</summary>
    public TensorPieces Pieces { get; }

    /// <summary>The groups' names, in coefficient order; at granularity model one, empty.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether some group has fixed coefficients.</summary>
    internal bool HasFixed => _fixed.Any(row => row is not null);

    /// <summary>Whether there are pieces that no coefficient acts on.</summary>
    internal bool HasUngrouped => _group.Contains(-1);

    /// <summary>The group that a chunk was cut from, or the group itself where it is whole.</summary>
    /// <param name="group">The group's index.</param>
    public string UncutName(int group) => _uncut[group];

    /// <summary>The tensors of a group, and which of their elements.</summary>
    /// <param name="group">The group's index.</param>
    /// <returns>Of each tensor its name, the first element and how many.</returns>
    public IReadOnlyList<(string Tensor, long Start, long Length)> Elements(int group) =>
        [.. _family.Shared.SelectMany((tensor, t) => Pieces.Of(t, tensor.ElementCount)
            .Where(piece => _group[piece.Piece] == group).Select(piece => (tensor.Name, piece.Start, piece.Length)))];

    /// <summary>The tensor that a piece is of, as its index in the layout.</summary>
    /// <param name="piece">The piece's index.</param>
    internal int TensorOf(int piece) => _tensor[piece];

    /// <summary>The group of a piece, or -1 where no coefficient acts.</summary>
    /// <param name="piece">The piece's index.</param>
    internal int GroupOf(int piece) => _group[piece];

    /// <summary>A tensor's coefficients where they are fixed, or null.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    internal IReadOnlyList<double>? FixedOf(int tensor) => _fixed[tensor];

    private void Cut(int[] tensors, string name, int count, int index, int[] first, IReadOnlyList<long>[] cuts)
    {
        long elements = tensors.Sum(t => _family.Shared[t].ElementCount);
        if (count > Math.Max(1, elements))
        {
            throw new MergeException($"chunks: '{name}' has {elements} elements, so it cannot be cut into {count} chunks.");
        }

        long[] starts = [.. Enumerable.Range(1, count - 1).Select(chunk => (long)((Int128)chunk * elements / count))];
        long start = 0;
        foreach (int t in tensors)
        {
            long end = start + _family.Shared[t].ElementCount;
            first[t] = index + starts.Count(chunk => chunk <= start);
            cuts[t] = [.. starts.Where(chunk => chunk > start && chunk < end).Select(chunk => chunk - start)];
            start = end;
        }
    }
}
