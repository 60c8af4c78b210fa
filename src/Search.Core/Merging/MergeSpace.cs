using Search.Strategies;

namespace Search.Merging;

/// <summary>The map from a candidate's coefficients to the weight of every expert in every tensor.</summary>
public sealed class MergeSpace
{
    private readonly ModelFamily _family;
    private readonly MergeOperator _operator;
    private readonly BufferPolicy _buffers;
    private readonly int[] _group; // by tensor

    /// <summary>Lays the coefficients out: block by block in the checkpoint's order of names, expert by expert within a block.</summary>
    /// <param name="family">The models.</param>
    /// <param name="merge">The operator.</param>
    /// <param name="granularity">Which tensors share a coefficient.</param>
    /// <param name="blocks">Names the blocks.</param>
    /// <param name="buffers">What happens to batch-normalisation statistics, which no coefficient touches.</param>
    public MergeSpace(ModelFamily family, MergeOperator merge, Granularity granularity, TensorBlocks blocks, BufferPolicy buffers)
    {
        _family = family;
        _operator = merge;
        _buffers = buffers;
        var groups = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new List<string>();
        _group = new int[family.Shared.Count];
        for (int t = 0; t < _group.Length; t++)
        {
            string tensor = family.Shared[t].Name;
            string name = granularity switch
            {
                Granularity.Model => "",
                Granularity.Block => blocks.Name(tensor),
                _ => tensor,
            };
            if (family.IsBuffer[t])
            {
                _group[t] = -1;
                continue;
            }

            if (!groups.TryGetValue(name, out int group))
            {
                group = groups[name] = names.Count;
                names.Add(name);
            }

            _group[t] = group;
        }

        Groups = names;
    }

    /// <summary>The groups' names, in coefficient order; at granularity model one, empty.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>How many coefficients a candidate has.</summary>
    public int Dimension => Groups.Count * _family.Experts.Count;

    /// <summary>A coefficient's name: the expert's at granularity model, otherwise <c>expert/group</c>.</summary>
    /// <param name="index">The coefficient's index.</param>
    public string Name(int index)
    {
        string group = Group(index);
        return group.Length == 0 ? Expert(index) : $"{Expert(index)}/{group}";
    }

    /// <summary>The expert that a coefficient weighs.</summary>
    /// <param name="index">The coefficient's index.</param>
    public string Expert(int index) => _family.Experts[index % _family.Experts.Count].Key;

    /// <summary>The group of tensors that a coefficient acts on.</summary>
    /// <param name="index">The coefficient's index.</param>
    public string Group(int index) => Groups[index / _family.Experts.Count];

    /// <summary>The tensors that a coefficient acts on.</summary>
    /// <param name="index">The coefficient's index.</param>
    public IReadOnlyList<string> Tensors(int index)
    {
        int group = index / _family.Experts.Count;
        return [.. _family.Shared.Where((_, t) => _group[t] == group).Select(tensor => tensor.Name)];
    }

    /// <summary>The space that a strategy searches.</summary>
    /// <param name="lower">The least value of each coefficient.</param>
    /// <param name="upper">The greatest value of each coefficient.</param>
    /// <param name="initial">Where the search starts.</param>
    public SearchSpace ToSearchSpace(double lower, double upper, double initial) => ToSearchSpace(lower, upper, [.. Enumerable.Repeat(initial, Dimension)]);

    /// <summary>The space that a strategy searches.</summary>
    /// <param name="lower">The least value of each coefficient.</param>
    /// <param name="upper">The greatest value of each coefficient.</param>
    /// <param name="initial">Where the search starts, one value a coefficient.</param>
    public SearchSpace ToSearchSpace(double lower, double upper, IReadOnlyList<double> initial) =>
        new([.. Enumerable.Range(0, Dimension).Select(index => new Coefficient(Name(index), lower, upper, initial[index]))]);

    /// <summary>Decides a merge from a candidate.</summary>
    /// <param name="coefficients"><see cref="Dimension"/> values.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="MergeException">A weighted average's weights sum to zero.</exception>
    public MergeWeights Decode(IReadOnlyList<double> coefficients)
    {
        if (coefficients.Count != Dimension)
        {
            throw new ArgumentException($"Needs {Dimension} coefficients, got {coefficients.Count}.", nameof(coefficients));
        }

        int experts = _family.Experts.Count;
        var weights = new MergeWeights(_group.Length, experts);
        for (int t = 0; t < _group.Length; t++)
        {
            Span<float> row = weights[t];
            if (_group[t] < 0)
            {
                row.Fill(_buffers == BufferPolicy.Average ? 1f / experts : 0);
                continue;
            }

            double scale = 1;
            if (_operator == MergeOperator.WeightedAverage)
            {
                double sum = 0;
                for (int k = 0; k < experts; k++)
                {
                    sum += coefficients[(_group[t] * experts) + k];
                }

                scale = 1 / sum;
                if (!double.IsFinite(scale))
                {
                    throw new MergeException($"weighted_average: the weights of '{_family.Shared[t].Name}' must not sum to zero, got {string.Join(", ", Enumerable.Range(0, experts).Select(k => coefficients[(_group[t] * experts) + k]))}.");
                }
            }

            for (int k = 0; k < experts; k++)
            {
                row[k] = (float)(coefficients[(_group[t] * experts) + k] * scale);
            }
        }

        return weights;
    }

    /// <summary>The derivative by the coefficients from that by the merge weights: the transpose of <see cref="Decode"/>'s derivative.</summary>
    /// <param name="coefficients">Where the derivative was taken; <see cref="Dimension"/> values.</param>
    /// <param name="gradient">The derivative by each tensor's weight of each expert.</param>
    /// <returns><see cref="Dimension"/> values.</returns>
    public IReadOnlyList<double> Gradient(IReadOnlyList<double> coefficients, MergeGradient gradient)
    {
        int experts = _family.Experts.Count;
        var result = new double[Dimension];
        for (int t = 0; t < _group.Length; t++)
        {
            for (int k = 0; k < experts && _group[t] >= 0; k++)
            {
                result[(_group[t] * experts) + k] += gradient[t, k];
            }
        }

        if (_operator == MergeOperator.WeightedAverage)
        {
            // wₖ = cₖ / S with S = Σ c, so ∂L/∂cⱼ = (∂L/∂wⱼ − Σₖ wₖ ∂L/∂wₖ) / S.
            for (int first = 0; first < result.Length; first += experts)
            {
                double sum = Enumerable.Range(first, experts).Sum(i => coefficients[i]);
                double mean = Enumerable.Range(first, experts).Sum(i => coefficients[i] * result[i]) / sum;
                for (int i = first; i < first + experts; i++)
                {
                    result[i] = (result[i] - mean) / sum;
                }
            }
        }

        return result;
    }

    /// <summary>Decides a merge in which every tensor weighs the experts alike, as fixed recipes do.</summary>
    /// <param name="perExpert">One task-arithmetic weight an expert.</param>
    /// <param name="exact">Whether batch-normalisation statistics follow the weights too, as they must for the base and for an expert itself.</param>
    /// <returns>The weights.</returns>
    public MergeWeights Uniform(IReadOnlyList<double> perExpert, bool exact)
    {
        int experts = _family.Experts.Count;
        var weights = new MergeWeights(_group.Length, experts);
        for (int t = 0; t < _group.Length; t++)
        {
            for (int k = 0; k < experts; k++)
            {
                weights[t][k] = _group[t] >= 0 || exact ? (float)perExpert[k] : _buffers == BufferPolicy.Average ? 1f / experts : 0;
            }
        }

        return weights;
    }
}
