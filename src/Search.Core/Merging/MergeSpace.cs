using Search.Strategies;

namespace Search.Merging;

/// <summary>The map from a candidate's coefficients to the weight of every expert in every piece of every tensor.</summary>
public sealed class MergeSpace
{
    private readonly ModelFamily _family;
    private readonly PreparedMerge _merge;
    private readonly BufferPolicy _buffers;
    private readonly int _columns; // coefficients a group
    private readonly TensorPieces _pieces;
    private readonly int[] _tensor; // by piece
    private readonly int[] _group; // by piece; -1 where no coefficient acts
    private readonly IReadOnlyList<double>?[] _fixed; // by tensor: its coefficients where they are fixed
    private readonly string[] _uncut; // by group: its name before it was cut

    /// <summary>Lays the coefficients out: block by block in the checkpoint's order of names, chunk by chunk within a block, expert by expert within a chunk.</summary>
    /// <param name="merge">The operator, prepared.</param>
    /// <param name="granularity">Which tensors share a coefficient.</param>
    /// <param name="blocks">Names the blocks.</param>
    /// <param name="buffers">What happens to batch-normalisation statistics, which no coefficient touches.</param>
    /// <param name="chunks">
    /// Into how many chunks groups of tensors are cut, by the group's name: runs of equal length of its elements, tensor by tensor, each of
    /// which has coefficients of its own. Groups left out stay whole.
    /// </param>
    /// <param name="fixedGroups">Groups that have no coefficients but these, by the group's name: one an expert.</param>
    /// <exception cref="MergeException">A group is named that is not there, none is left to search, or one has fewer elements than chunks.</exception>
    public MergeSpace(
        PreparedMerge merge,
        Granularity granularity,
        TensorBlocks blocks,
        BufferPolicy buffers,
        IReadOnlyDictionary<string, int>? chunks = null,
        IReadOnlyDictionary<string, IReadOnlyList<double>>? fixedGroups = null)
    {
        chunks ??= new Dictionary<string, int>();
        fixedGroups ??= new Dictionary<string, IReadOnlyList<double>>();
        ModelFamily family = merge.Source.Family;
        _family = family;
        _merge = merge;
        _columns = merge.Columns.Count;
        _buffers = buffers;
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
        List<string> uncut = [];
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
            long elements = group.Sum(t => family.Shared[t].ElementCount);
            if (count > Math.Max(1, elements))
            {
                throw new MergeException($"chunks: '{group.Key}' has {elements} elements, so it cannot be cut into {count} chunks.");
            }

            long start = 0;
            foreach (int t in group)
            {
                long end = start + family.Shared[t].ElementCount;
                long[] starts = [.. Enumerable.Range(1, count - 1).Select(chunk => (long)((Int128)chunk * elements / count))];
                first[t] = names.Count + starts.Count(chunk => chunk <= start);
                cuts[t] = [.. starts.Where(chunk => chunk > start && chunk < end).Select(chunk => chunk - start)];
                start = end;
            }

            names.AddRange(count == 1 ? [group.Key] : Enumerable.Range(1, count).Select(chunk => $"{group.Key}#{chunk}"));
            uncut.AddRange(Enumerable.Repeat(group.Key, count));
        }

        if (names.Count == 0)
        {
            throw new MergeException("chunks: at least one group of tensors must have coefficients to search, and all are fixed.");
        }

        _pieces = new TensorPieces(cuts);
        _tensor = [.. cuts.SelectMany((cut, t) => Enumerable.Repeat(t, cut.Count + 1))];
        _group = [.. _tensor.Select((t, piece) => first[t] < 0 ? -1 : first[t] + piece - _pieces.First(t))];
        _uncut = [.. uncut];
        Groups = names;
    }

    /// <summary>The operator, prepared.</summary>
    public PreparedMerge Merge => _merge;

    /// <summary>How the tensors are cut.</summary>
    public TensorPieces Pieces => _pieces;

    /// <summary>The groups' names, in coefficient order; at granularity model one, empty.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>How many coefficients a candidate has.</summary>
    public int Dimension => WeightCount + _merge.Settings.Count;

    /// <summary>How many of the coefficients weigh something in one group of tensors; the operator's searched settings follow, which act on all.</summary>
    public int WeightCount => Groups.Count * _columns;

    /// <summary>A coefficient's name: the expert's at granularity model, otherwise <c>expert/group</c>; a searched setting's own.</summary>
    /// <param name="index">The coefficient's index.</param>
    public string Name(int index)
    {
        string group = Group(index);
        return Setting(index) is { } setting ? setting.Name : group.Length == 0 ? Expert(index) : $"{Expert(index)}/{group}";
    }

    /// <summary>The setting that a coefficient is, or null where it is a weight.</summary>
    /// <param name="index">The coefficient's index.</param>
    public SearchedSetting? Setting(int index) => index < WeightCount ? null : _merge.Settings[index - WeightCount];

    /// <summary>The expert that a coefficient weighs, or the name of the setting that it is.</summary>
    /// <param name="index">The coefficient's index.</param>
    public string Expert(int index) => Setting(index) is { } setting ? setting.Setting : _merge.Columns[index % _columns];

    /// <summary>The group of tensors that a coefficient acts on; empty for all.</summary>
    /// <param name="index">The coefficient's index.</param>
    public string Group(int index) => Setting(index) is not null ? "" : Groups[index / _columns];

    /// <summary>The group that a coefficient's chunk was cut from, or its group where that is whole.</summary>
    /// <param name="index">The coefficient's index.</param>
    public string UncutGroup(int index) => Setting(index) is not null ? "" : _uncut[index / _columns];

    /// <summary>The tensors that a coefficient acts on, and which of their elements.</summary>
    /// <param name="index">The coefficient's index.</param>
    /// <returns>Of each tensor its name, the first element and how many.</returns>
    public IReadOnlyList<(string Tensor, long Start, long Length)> Elements(int index)
    {
        int group = Setting(index) is not null ? -1 : index / _columns;
        return [.. _family.Shared.SelectMany((tensor, t) => _pieces.Of(t, tensor.ElementCount)
            .Where(piece => group < 0 ? !_family.IsBuffer[t] : _group[piece.Piece] == group).Select(piece => (tensor.Name, piece.Start, piece.Length)))];
    }

    /// <summary>The space that a strategy searches.</summary>
    /// <param name="lower">The least value of each coefficient.</param>
    /// <param name="upper">The greatest value of each coefficient.</param>
    /// <param name="initial">Where the weights' search starts.</param>
    public SearchSpace ToSearchSpace(double lower, double upper, double initial) => ToSearchSpace(lower, upper, Start([.. Enumerable.Repeat(initial, WeightCount)]));

    /// <summary>A start of all coefficients from one of the weights: the settings have their own.</summary>
    /// <param name="weights"><see cref="WeightCount"/> values.</param>
    public IReadOnlyList<double> Start(IReadOnlyList<double> weights) => [.. weights, .. _merge.Settings.Select(setting => setting.Range.Value)];

    /// <summary>The space that a strategy searches.</summary>
    /// <param name="lower">The least value of each weight.</param>
    /// <param name="upper">The greatest value of each weight.</param>
    /// <param name="initial">Where the search starts, one value a coefficient.</param>
    /// <param name="constraints">What the coefficients must satisfy beyond their bounds, or null for nothing.</param>
    /// <exception cref="ArgumentException">The constraints cannot be satisfied or leave nothing to search.</exception>
    public SearchSpace ToSearchSpace(double lower, double upper, IReadOnlyList<double> initial, IReadOnlyList<SpaceConstraint>? constraints = null) =>
        new([.. Enumerable.Range(0, Dimension).Select(index =>
        {
            (double least, double most) = Bounds(index, lower, upper);
            return new Coefficient(Name(index), least, most, initial[index]);
        })], constraints);

    /// <summary>A coefficient's bounds: those of weights, or a setting's own.</summary>
    /// <param name="index">The coefficient's index.</param>
    /// <param name="lower">The least value of weights.</param>
    /// <param name="upper">The greatest value of weights.</param>
    public (double Lower, double Upper) Bounds(int index, double lower, double upper) => Setting(index) is { } setting ? (setting.Range.Lower, setting.Range.Upper) : (lower, upper);

    /// <summary>Decides a merge from a candidate.</summary>
    /// <param name="coefficients"><see cref="Dimension"/> values.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="MergeException">The coefficients decide no merge: a weighted average's sum to zero.</exception>
    public MergeWeights Decode(IReadOnlyList<double> coefficients)
    {
        if (coefficients.Count != Dimension)
        {
            throw new ArgumentException($"Needs {Dimension} coefficients, got {coefficients.Count}.", nameof(coefficients));
        }

        double[] values = coefficients as double[] ?? [.. coefficients];
        var weights = new MergeWeights(_merge.Vectors, _pieces, _merge.Rule);
        for (int p = 0; p < _group.Length; p++)
        {
            if (_group[p] >= 0)
            {
                _merge.Decide(weights, p, _tensor[p], values.AsSpan(_group[p] * _columns, _columns));
            }
            else if (_fixed[_tensor[p]] is { } row)
            {
                _merge.Decide(weights, p, _tensor[p], [.. row]);
            }
            else
            {
                weights[p].Fill(BufferWeight(_merge.Vectors.Count));
            }
        }

        _merge.Apply(weights, values.AsSpan(WeightCount));
        return weights;
    }

    /// <summary>The derivative by the coefficients from that by the merge weights: the transpose of <see cref="Decode"/>'s derivative.</summary>
    /// <param name="coefficients">Where the derivative was taken; <see cref="Dimension"/> values.</param>
    /// <param name="gradient">The derivative by each piece's weight of each expert.</param>
    /// <returns><see cref="Dimension"/> values.</returns>
    public IReadOnlyList<double> Gradient(IReadOnlyList<double> coefficients, MergeGradient gradient)
    {
        double[] result = Sum((piece, expert) => gradient[piece, expert]);
        double[] values = [.. coefficients];
        for (int first = 0; first < WeightCount; first += _columns)
        {
            _merge.Pull(values.AsSpan(first, _columns), result.AsSpan(first, _columns));
        }

        return result;
    }

    /// <summary>Adds up, for each coefficient, a number of every piece and expert that it acts on.</summary>
    /// <param name="number">Gives the number of a piece and an expert.</param>
    /// <returns><see cref="Dimension"/> values.</returns>
    internal double[] Sum(Func<int, int, double> number)
    {
        var sums = new double[Dimension];
        for (int p = 0; p < _group.Length; p++)
        {
            for (int k = 0; k < _columns && _group[p] >= 0; k++)
            {
                sums[(_group[p] * _columns) + k] += number(p, k);
            }
        }

        return sums;
    }

    /// <summary>The candidate that decides the same merge as <see cref="Uniform"/>, or null when none does.</summary>
    /// <param name="perExpert">One task-arithmetic weight an expert.</param>
    /// <param name="exact">Whether batch-normalisation statistics follow the weights too, which those of no candidate do.</param>
    public IReadOnlyList<double>? Coefficients(IReadOnlyList<double> perExpert, bool exact)
    {
        bool reaches = _merge.Settings.Count == 0 && _fixed.All(row => row is null) && !(exact && _group.Contains(-1));
        return reaches && _merge.Coefficients(perExpert) is { } row ? [.. Enumerable.Repeat(row, Groups.Count).SelectMany(one => one)] : null;
    }

    /// <summary>Decides a merge in which every tensor weighs the experts alike, as fixed recipes do.</summary>
    /// <param name="perExpert">One task-arithmetic weight an expert.</param>
    /// <param name="exact">Whether batch-normalisation statistics follow the weights too, as they must for the base and for an expert itself.</param>
    /// <returns>The weights.</returns>
    public MergeWeights Uniform(IReadOnlyList<double> perExpert, bool exact)
    {
        int experts = _merge.Source.Count;
        var weights = new MergeWeights(_merge.Source, _pieces);
        for (int p = 0; p < _group.Length; p++)
        {
            for (int k = 0; k < experts; k++)
            {
                weights[p][k] = exact || !_family.IsBuffer[_tensor[p]] ? (float)perExpert[k] : BufferWeight(experts);
            }
        }

        return weights;
    }

    // Preparation leaves statistics alone, or averages them where it makes one vector of several.
    private float BufferWeight(int vectors) => _buffers == BufferPolicy.Average ? 1f / vectors : 0;
}
