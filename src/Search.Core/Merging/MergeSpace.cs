using Search.Strategies;

namespace Search.Merging;

/// <summary>The map from a candidate's coefficients to the weight of every expert in every piece of every tensor.</summary>
public sealed class MergeSpace
{
    private readonly PreparedMerge _merge;
    private readonly CoefficientGroups _groups;
    private readonly BufferPolicy _buffers;
    private readonly int _columns; // coefficients a group

    /// <summary>Lays the coefficients out: group by group, expert by expert within a group.</summary>
    /// <param name="merge">The operator, prepared.</param>
    /// <param name="groups">What shares coefficients.</param>
    /// <param name="buffers">What happens to batch-normalisation statistics, which no coefficient touches.</param>
    public MergeSpace(PreparedMerge merge, CoefficientGroups groups, BufferPolicy buffers)
    {
        _merge = merge;
        _groups = groups;
        _buffers = buffers;
        _columns = merge.Columns.Count;
    }

    /// <summary>Lays the coefficients out: block by block in the checkpoint's order of names, chunk by chunk within a block, expert by expert within a chunk.</summary>
    /// <param name="merge">The operator, prepared.</param>
    /// <param name="granularity">Which tensors share a coefficient.</param>
    /// <param name="blocks">Names the blocks.</param>
    /// <param name="buffers">What happens to batch-normalisation statistics, which no coefficient touches.</param>
    /// <param name="chunks">Into how many chunks groups are cut, by name, as in <see cref="CoefficientGroups"/>.</param>
    /// <param name="fixedGroups">Groups that have no coefficients but these, by the group's name: one an expert.</param>
    /// <exception cref="MergeException">A group is named that is not there, none is left to search, or one has fewer elements than chunks.</exception>
    public MergeSpace(
        PreparedMerge merge,
        Granularity granularity,
        TensorBlocks blocks,
        BufferPolicy buffers,
        IReadOnlyDictionary<string, int>? chunks = null,
        IReadOnlyDictionary<string, IReadOnlyList<double>>? fixedGroups = null)
        : this(merge, new CoefficientGroups(merge.Source.Family, new GranularityGrouping(granularity), blocks, new TensorKinds([]), chunks, fixedGroups), buffers)
    {
    }

    /// <summary>The operator, prepared.</summary>
    public PreparedMerge Merge => _merge;

    /// <summary>How the tensors are cut.</summary>
    public TensorPieces Pieces => _groups.Pieces;

    /// <summary>The names of what has coefficients, in their order: groups of tensors, or the knots of a profile; at granularity model one, empty.</summary>
    public IReadOnlyList<string> Groups => _groups.Names;

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
    public string UncutGroup(int index) => Setting(index) is not null ? "" : _groups.UncutName(index / _columns);

    /// <summary>The tensors that a coefficient acts on, and which of their elements.</summary>
    /// <param name="index">The coefficient's index.</param>
    /// <returns>Of each tensor its name, the first element and how many.</returns>
    public IReadOnlyList<(string Tensor, long Start, long Length)> Elements(int index)
    {
        if (Setting(index) is not null)
        {
            ModelFamily family = _merge.Source.Family;
            return [.. family.Shared.Zip(family.IsMerged).Where(pair => pair.Second).Select(pair => (pair.First.Name, 0L, pair.First.ElementCount))];
        }

        return [.. _groups.Elements(index / _columns).Select(part => (part.Tensor, part.Start, part.Length))];
    }

    /// <summary>How much of each tensor's weight a coefficient is.</summary>
    /// <param name="index">The coefficient's index.</param>
    /// <returns>One share for each of <see cref="Elements"/>: 1, or less between two knots; empty for a setting.</returns>
    public IReadOnlyList<double> Shares(int index) => Setting(index) is not null ? [] : [.. _groups.Elements(index / _columns).Select(part => part.Share)];

    /// <summary>What a candidate says of each tensor, however its coefficients are shared.</summary>
    /// <param name="coefficients"><see cref="WeightCount"/> values at least.</param>
    /// <returns>Tensor to one value a column, 0 where no coefficient acts; of a tensor in several chunks those of its first.</returns>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> ByTensor(IReadOnlyList<double> coefficients)
    {
        double[] values = Values(coefficients);
        return _merge.Source.Family.Shared.Select((tensor, t) => KeyValuePair.Create(tensor.Name, _groups.GroupOf(Pieces.First(t)) is >= 0 and int group
            ? values[(group * _columns)..((group + 1) * _columns)]
            : _groups.FixedOf(t) ?? new double[_columns])).ToDictionary();
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
    public MergeWeights Decode(IReadOnlyList<double> coefficients) => Decode(coefficients, null);

    /// <summary>Decides the merge of one expert's tasks from a candidate.</summary>
    /// <param name="coefficients"><see cref="Dimension"/> values.</param>
    /// <param name="expert">Whose vector alone the model has; null for one model of all.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="MergeException">The coefficients decide no merge.</exception>
    public MergeWeights Decode(IReadOnlyList<double> coefficients, string? expert)
    {
        if (coefficients.Count != Dimension)
        {
            throw new ArgumentException($"Needs {Dimension} coefficients, got {coefficients.Count}.", nameof(coefficients));
        }

        double[] values = Values(coefficients);
        var weights = new MergeWeights(_merge.Vectors, Pieces, _merge.Rule);
        for (int p = 0; p < Pieces.Count; p++)
        {
            int tensor = _groups.TensorOf(p);
            if (_groups.GroupOf(p) is >= 0 and int group)
            {
                _merge.Decide(weights, p, tensor, values.AsSpan(group * _columns, _columns));
            }
            else if (_groups.FixedOf(tensor) is { } row)
            {
                _merge.Decide(weights, p, tensor, [.. row]);
            }
            else if (!_merge.Source.Family.IsKept[tensor])
            {
                weights[p].Fill(BufferWeight(_merge.Vectors.Count));
                continue;
            }

            for (int k = 0; k < _merge.Vectors.Count && expert is not null; k++)
            {
                weights[p][k] = _merge.Vectors.Names[k] == expert ? weights[p][k] : 0;
            }
        }

        _merge.Apply(weights, [.. coefficients.Skip(WeightCount)]);
        return weights;
    }

    /// <summary>The derivative by the coefficients from that by the merge weights: the transpose of <see cref="Decode"/>'s derivative.</summary>
    /// <param name="coefficients">Where the derivative was taken; <see cref="Dimension"/> values.</param>
    /// <param name="gradient">The derivative by each piece's weight of each expert.</param>
    /// <returns><see cref="Dimension"/> values.</returns>
    public IReadOnlyList<double> Gradient(IReadOnlyList<double> coefficients, MergeGradient gradient)
    {
        double[] slopes = SumGroups((piece, expert) => gradient[piece, expert]);
        double[] values = Values(coefficients);
        for (int first = 0; first < slopes.Length; first += _columns)
        {
            _merge.Pull(values.AsSpan(first, _columns), slopes.AsSpan(first, _columns));
        }

        return [.. _groups.Gather(slopes, _columns), .. new double[_merge.Settings.Count]];
    }

    /// <summary>Adds up, for each coefficient, a number of every piece and expert that it acts on, times its share.</summary>
    /// <param name="number">Gives the number of a piece and an expert.</param>
    /// <returns><see cref="Dimension"/> values.</returns>
    internal double[] Sum(Func<int, int, double> number) => [.. _groups.Gather(SumGroups(number), _columns), .. new double[_merge.Settings.Count]];

    /// <summary>The candidate that decides the same merge as <see cref="Uniform"/>, or null when none does.</summary>
    /// <param name="perExpert">One task-arithmetic weight an expert.</param>
    /// <param name="exact">Whether batch-normalisation statistics follow the weights too, which those of no candidate do.</param>
    public IReadOnlyList<double>? Coefficients(IReadOnlyList<double> perExpert, bool exact)
    {
        ModelFamily family = _merge.Source.Family;
        bool isWhole = !family.IsKept.Contains(true) || perExpert.All(weight => weight == 0);
        bool reaches = isWhole && _merge.Settings.Count == 0 && !_groups.HasFixed && !(exact && family.IsBuffer.Zip(family.IsKept).Any(pair => pair is (true, false)));
        return reaches && _merge.Coefficients(perExpert) is { } row ? [.. Enumerable.Repeat(row, Groups.Count).SelectMany(one => one)] : null;
    }

    /// <summary>Decides a merge in which every tensor weighs the experts alike, as fixed recipes do, also those that no candidate merges.</summary>
    /// <param name="perExpert">One task-arithmetic weight an expert.</param>
    /// <param name="exact">Whether batch-normalisation statistics follow the weights too, as they must for the base and for an expert itself.</param>
    /// <returns>The weights.</returns>
    public MergeWeights Uniform(IReadOnlyList<double> perExpert, bool exact)
    {
        int experts = _merge.Source.Count;
        var weights = new MergeWeights(_merge.Source, Pieces);
        for (int p = 0; p < Pieces.Count; p++)
        {
            bool follows = exact || !_merge.Source.Family.IsBuffer[_groups.TensorOf(p)];
            for (int k = 0; k < experts; k++)
            {
                weights[p][k] = follows ? (float)perExpert[k] : BufferWeight(experts);
            }
        }

        return weights;
    }

    // By group, one a column.
    private double[] Values(IReadOnlyList<double> coefficients) => _groups.Spread([.. coefficients.Take(WeightCount)], _columns);

    private double[] SumGroups(Func<int, int, double> number)
    {
        var sums = new double[_groups.Count * _columns];
        for (int p = 0; p < Pieces.Count; p++)
        {
            int group = _groups.GroupOf(p);
            for (int k = 0; k < _columns && group >= 0; k++)
            {
                sums[(group * _columns) + k] += number(p, k);
            }
        }

        return sums;
    }

    // Preparation leaves statistics alone, or averages them where it makes one vector of several.
    private float BufferWeight(int vectors) => _buffers == BufferPolicy.Average ? 1f / vectors : 0;
}
