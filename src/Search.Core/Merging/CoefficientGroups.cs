using Search.Checkpoints;

namespace Search.Merging;

/// <summary>Which elements of which tensors share coefficients, and which have none.</summary>
public sealed class CoefficientGroups
{
    private readonly ModelFamily _family;
    private readonly int[] _tensor; // by piece
    private readonly int[] _group; // by piece; -1 where no coefficient acts
    private readonly IReadOnlyList<double>?[] _fixed; // by tensor: its coefficients where they are fixed
    private readonly List<string> _uncut = []; // by group: its name before it was cut
    private readonly CoefficientMix? _mix; // null where each group has coefficients of its own
    private readonly Lazy<List<(string Tensor, long Start, long Length, double Share)>[]> _elements; // by name

    /// <summary>Lays the groups out in the checkpoint's order of names, chunk by chunk within a group.</summary>
    /// <param name="family">The models.</param>
    /// <param name="grouping">Which tensors share coefficients.</param>
    /// <param name="blocks">Names the blocks.</param>
    /// <param name="kinds">Names the kinds.</param>
    /// <param name="chunks">
    /// Into how many chunks groups of tensors are cut, by the group's name: runs of equal length of its elements, tensor by tensor, each of
    /// which has coefficients of its own. Groups left out stay whole.
    /// </param>
    /// <param name="fixedGroups">Groups that have no coefficients but these, by the group's name: one an expert.</param>
    /// <exception cref="MergeException">The tensors do not fit the grouping, a group is named that is not there, none is left to search, or one has fewer elements than chunks or no coefficients of its own.</exception>
    public CoefficientGroups(
        ModelFamily family,
        TensorGrouping grouping,
        TensorBlocks blocks,
        TensorKinds kinds,
        IReadOnlyDictionary<string, int>? chunks = null,
        IReadOnlyDictionary<string, IReadOnlyList<double>>? fixedGroups = null)
    {
        chunks ??= new Dictionary<string, int>();
        fixedGroups ??= new Dictionary<string, IReadOnlyList<double>>();
        _family = family;
        _elements = new(FindElements);
        IReadOnlyList<int> merged = family.Merged;
        GroupAssignment assignment = grouping.Assign([.. merged.Select(t => family.Shared[t].Name)], blocks, kinds);
        IGrouping<string, int>[] groups = [.. merged.Zip(assignment.Groups).GroupBy(pair => pair.Second, pair => pair.First, StringComparer.Ordinal)];
        if (assignment.Order is { } order)
        {
            groups = [.. order.Join(groups, name => name, group => group.Key, (_, group) => group)];
        }

        if (chunks.Keys.Concat(fixedGroups.Keys).FirstOrDefault(name => groups.All(group => group.Key != name)) is { } unknown)
        {
            throw new MergeException($"chunks: no coefficient stands for '{unknown}'{NearestName.Hint(unknown, groups.Select(group => group.Key))}.");
        }

        if (assignment.Sources is not null && chunks.Count > 0)
        {
            throw new MergeException($"chunks: '{chunks.Keys.First()}' cannot be cut, because its coefficients are a mix of those that other groups have too.");
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
        if (assignment.Sources is null)
        {
            Names = names;
        }
        else
        {
            // Sources that only fixed groups would mix have no coefficients.
            IReadOnlyList<(int Source, double Share)>[] mixes = [.. names.Select(name => assignment.Mixes[name])];
            int[] used = [.. mixes.SelectMany(mix => mix).Select(part => part.Source).Distinct().Order()];
            _mix = new CoefficientMix(used.Length, [.. mixes.Select(mix => mix.Select(part => (Array.IndexOf(used, part.Source), part.Share)).ToArray())]);
            Names = [.. used.Select(source => assignment.Sources[source])];
            _uncut = [.. Names];
        }
    }

    /// <summary>How the tensors are cut.</summary>
    public TensorPieces Pieces { get; }

    /// <summary>The names of what has coefficients, in their order: the groups, or what they mix, such as knots; at granularity model one, empty.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether some group has fixed coefficients.</summary>
    internal bool HasFixed => _fixed.Any(row => row is not null);

    /// <summary>The name of what a chunk was cut from, or the name itself where it is whole.</summary>
    /// <param name="index">The name's index.</param>
    public string UncutName(int index) => _uncut[index];

    /// <summary>The tensors that coefficients act on, which of their elements, and with which share.</summary>
    /// <param name="index">The index of the coefficients' name.</param>
    /// <returns>Of each tensor its name, the first element, how many, and the coefficients' share of its weight: 1 unless it mixes several.</returns>
    public IReadOnlyList<(string Tensor, long Start, long Length, double Share)> Elements(int index) => _elements.Value[index];

    /// <summary>Gives each group its values.</summary>
    /// <param name="coefficients">Coefficients, one a column for each of <see cref="Names"/>.</param>
    /// <param name="columns">How many columns there are.</param>
    /// <returns>One a column for each group.</returns>
    internal double[] Spread(double[] coefficients, int columns) => _mix?.Spread(coefficients, columns) ?? coefficients;

    /// <summary>The transpose of <see cref="Spread"/>.</summary>
    /// <param name="values">One a column for each group.</param>
    /// <param name="columns">How many columns there are.</param>
    /// <returns>One a column for each of <see cref="Names"/>.</returns>
    internal double[] Gather(double[] values, int columns) => _mix?.Gather(values, columns) ?? values;

    /// <summary>How many groups weigh the experts alike throughout.</summary>
    internal int Count => _mix?.Rows.Count ?? Names.Count;

    /// <summary>The tensor that a piece is of, as its index in the layout.</summary>
    /// <param name="piece">The piece's index.</param>
    internal int TensorOf(int piece) => _tensor[piece];

    /// <summary>The group of a piece, or -1 where no coefficient acts.</summary>
    /// <param name="piece">The piece's index.</param>
    internal int GroupOf(int piece) => _group[piece];

    /// <summary>A tensor's coefficients where they are fixed, or null.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    internal IReadOnlyList<double>? FixedOf(int tensor) => _fixed[tensor];

    private List<(string Tensor, long Start, long Length, double Share)>[] FindElements()
    {
        List<(string, long, long, double)>[] elements = [.. Names.Select(_ => new List<(string, long, long, double)>())];
        foreach ((TensorInfo tensor, int t) in _family.Shared.Select((tensor, t) => (tensor, t)))
        {
            foreach ((int piece, long start, long length) in Pieces.Of(t, tensor.ElementCount).Where(piece => _group[piece.Piece] >= 0))
            {
                foreach ((int source, double share) in _mix?.Rows[_group[piece]] ?? [(_group[piece], 1)])
                {
                    elements[source].Add((tensor.Name, start, length, share));
                }
            }
        }

        return elements;
    }

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
