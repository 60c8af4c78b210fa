using Search.Merging.Kernels;
using Search.Merging.Sparsifiers;

namespace Search.Merging.Operators;

/// <summary>A merge whose sparsifier's settings are searched: vectors stay as they are, and each candidate drops of them what it wants as they are read.</summary>
internal class FilteredMerge : PreparedMerge
{
    private readonly Sparsifier _sparsifier;
    private readonly int[][] _from; // by vector and searchable number: which of the searched settings it is, or -1
    private readonly Lazy<FilterTable> _table; // made when the first candidate is decided

    /// <summary>Prepares a merge.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="sparsifier">What is kept of them.</param>
    /// <param name="rule">How the products are reduced, or null for their sum.</param>
    public FilteredMerge(TaskVectors vectors, Sparsifier sparsifier, ReduceRule? rule)
        : base(vectors)
    {
        _sparsifier = sparsifier;
        _table = new(() => sparsifier.Tabulate(vectors));
        Rule = rule;
        Settings = SettingsOf(sparsifier, vectors.Names);
        string[] names = [.. Settings.Select(setting => setting.Name)];
        _from = [.. vectors.Names.Select(vector => (int[])[.. sparsifier.Searchable.Select(one => Array.IndexOf(names, Name(one.Name, one.Setting, vector)))])];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<SearchedSetting> Settings { get; }

    /// <inheritdoc/>
    public override MergeRule? Rule { get; }

    /// <summary>The settings of a sparsifier that are searched.</summary>
    /// <param name="sparsifier">The sparsifier.</param>
    /// <param name="vectors">The names of the vectors that it is applied to.</param>
    public static IReadOnlyList<SearchedSetting> SettingsOf(Sparsifier sparsifier, IReadOnlyList<string> vectors) =>
    [
        .. sparsifier.Searchable.Where(one => one.Setting.IsSearched).SelectMany(one => (one.Setting.PerExpert ? vectors : [""])
            .Select(vector => new SearchedSetting(Name(one.Name, one.Setting, vector), one.Name, one.Setting))),
    ];

    /// <inheritdoc/>
    public override void Apply(MergeWeights merge, ReadOnlySpan<double> settings)
    {
        var filters = new VectorFilter[Vectors.Count];
        var numbers = new double[_sparsifier.Searchable.Count];
        for (int t = 0; t < Vectors.Layout.Tensors.Count; t++)
        {
            if (!Vectors.Family.IsMerged[t])
            {
                continue;
            }

            for (int k = 0; k < filters.Length; k++)
            {
                for (int i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = _from[k][i] < 0 ? _sparsifier.Searchable[i].Setting.Value : settings[_from[k][i]];
                }

                filters[k] = _table.Value(k, t, numbers);
            }

            for (int piece = merge.Pieces.First(t); piece < merge.Pieces.First(t + 1); piece++)
            {
                merge.Filter(piece, filters);
            }
        }
    }

    private static string Name(string setting, Setting range, string vector) => range.PerExpert ? $"{vector}/{setting}" : setting;
}
