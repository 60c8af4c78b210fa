using System.Buffers;
using System.Numerics.Tensors;
using System.Text.RegularExpressions;
using Search.Checkpoints;
using Search.Controller;

namespace Search.Merging;

/// <summary>
/// A base model and its experts, checked to agree. Shared float tensors merge, unless a filter leaves them out; private tensors belong to each
/// expert alone; tensors that are not floating-point are the base's. An expert may have been fine-tuned from another model, its own base, which
/// its task vector is then formed on (Chat Vector: Huang et al. 2023, arXiv:2310.04799).
/// </summary>
public sealed partial class ModelFamily : IDisposable
{
    private const int ListedDifferences = 8;

    private readonly List<Checkpoint> _kept = [];
    private readonly Dictionary<string, Checkpoint> _statistics = new(StringComparer.Ordinal);

    /// <summary>Takes ownership of open checkpoints and checks that they agree in names, shapes and types.</summary>
    /// <param name="baseModel">The base model.</param>
    /// <param name="experts">Expert name to checkpoint, in coefficient order; at least one.</param>
    /// <param name="privatePatterns">Regular expressions of tensors that are never merged.</param>
    /// <param name="filter">Which of the other tensors merge, or null for all.</param>
    /// <param name="ownBases">Expert name to its own base, where it has one.</param>
    /// <exception cref="MergeException">They differ; the message lists what does. Or the filter selects nothing.</exception>
    public ModelFamily(
        Checkpoint baseModel,
        IReadOnlyList<KeyValuePair<string, Checkpoint>> experts,
        IReadOnlyList<string> privatePatterns,
        TensorFilter? filter = null,
        IReadOnlyDictionary<string, Checkpoint>? ownBases = null)
    {
        Base = baseModel;
        Experts = experts;
        OwnBases = ownBases ?? new Dictionary<string, Checkpoint>();
        Regex[] patterns = [.. privatePatterns.Select(pattern => new Regex(pattern, RegexOptions.CultureInvariant))];
        bool IsPrivate(TensorInfo tensor) => patterns.Any(pattern => pattern.IsMatch(tensor.Name));

        Shared = [.. baseModel.Tensors.Where(tensor => tensor.IsFloat && !IsPrivate(tensor))];
        Copied = [.. baseModel.Tensors.Where(tensor => !tensor.IsFloat && !IsPrivate(tensor))];
        PrivateNames = [.. experts.SelectMany(expert => expert.Value.Tensors).Where(IsPrivate).Select(tensor => tensor.Name).Distinct().Order(StringComparer.Ordinal)];
        Layout = new WeightLayout([.. Shared.Select(tensor => new WeightSlot(tensor.Name, tensor.Shape))]);
        IsBuffer = [.. Shared.Select(tensor => BufferName().IsMatch(tensor.Name))];
        IsKept = filter is null ? [.. Shared.Select(_ => false)] : [.. filter.Select([.. Shared.Select(tensor => tensor.Name)]).Select(selected => !selected)];
        IsMerged = [.. IsBuffer.Zip(IsKept, (buffer, kept) => !buffer && !kept)];

        string[] differences =
        [
            .. experts.SelectMany(expert => Differences($"expert {expert.Key}", expert.Value, IsPrivate)),
            .. OwnBases.SelectMany(own => Shared.Select(tensor => Difference($"the own base of expert {own.Key}", own.Value, tensor)).OfType<string>()),
        ];
        if (differences.Length > 0)
        {
            string more = differences.Length > ListedDifferences ? $"; and {differences.Length - ListedDifferences} more" : "";
            string rows = experts.Select(expert => expert.Value).Concat(OwnBases.Values).Any(model => Shared.Any(tensor => model.Find(tensor.Name) is { } own && HasOtherRows(own, tensor)))
                ? "; rows of another vocabulary, or of other classes, cannot be added up: bring the models to the same rows, or name such tensors in 'private'" : "";
            throw new MergeException($"{baseModel.Path}: the experts must have the base's tensors in name, shape and type: {string.Join("; ", differences.Take(ListedDifferences))}{more}{rows}.");
        }

        if (Shared.FirstOrDefault(tensor => tensor.ElementCount > Array.MaxLength) is { } large)
        {
            throw new MergeException($"{baseModel.Path}: '{large.Name}' has {large.ElementCount} elements, more than the {Array.MaxLength} that one tensor may have.");
        }

        if (!IsMerged.Contains(true))
        {
            throw new MergeException($"{baseModel.Path}: has no floating-point tensor left to merge once private ones ({string.Join(", ", privatePatterns)}){(IsKept.Contains(true) ? ", batch-normalisation statistics and what 'only' and 'except' leave out" : "")} are taken out.");
        }
    }

    /// <summary>The tensors that merge, as their indices in <see cref="Shared"/>, ascending.</summary>
    public IReadOnlyList<int> Merged => field ??= [.. Enumerable.Range(0, Shared.Count).Where(tensor => IsMerged[tensor])];

    /// <summary>The base model.</summary>
    public Checkpoint Base { get; }

    /// <summary>Expert name to checkpoint, in coefficient order.</summary>
    public IReadOnlyList<KeyValuePair<string, Checkpoint>> Experts { get; }

    /// <summary>Expert name to the model that it was fine-tuned from, of experts for which that is not the base.</summary>
    public IReadOnlyDictionary<string, Checkpoint> OwnBases { get; }

    /// <summary>Every model, the base first.</summary>
    public IEnumerable<Checkpoint> Checkpoints => Experts.Select(expert => expert.Value).Prepend(Base).Concat(OwnBases.Values);

    /// <summary>The tensors that all models have in common, in ordinal order of their names.</summary>
    public IReadOnlyList<TensorInfo> Shared { get; }

    /// <summary>The base's tensors that are not floating-point and are copied as they are.</summary>
    public IReadOnlyList<TensorInfo> Copied { get; }

    /// <summary>The names of tensors that some expert keeps to itself.</summary>
    public IReadOnlyList<string> PrivateNames { get; }

    /// <summary>The shared tensors' layout in memory.</summary>
    public WeightLayout Layout { get; }

    /// <summary>For each shared tensor, whether coefficients act on it: neither on batch-normalisation statistics nor on what a filter leaves out.</summary>
    public IReadOnlyList<bool> IsMerged { get; }

    /// <summary>For each shared tensor, whether it is a batch-normalisation statistic.</summary>
    public IReadOnlyList<bool> IsBuffer { get; }

    /// <summary>For each shared tensor, whether a filter leaves it out, so that candidates have the base's.</summary>
    public IReadOnlyList<bool> IsKept { get; }

    /// <summary>How many elements candidates do not simply take from the base.</summary>
    public long MergedElementCount => Shared.Zip(IsKept).Where(pair => !pair.Second).Sum(pair => pair.First.ElementCount);

    /// <summary>Files of numbers about the models that have been opened.</summary>
    public IReadOnlyCollection<Checkpoint> Statistics => _statistics.Values;

    /// <summary>Opens the checkpoints of a base and its experts.</summary>
    /// <param name="basePath">The base's checkpoint.</param>
    /// <param name="experts">Expert name to checkpoint path, in coefficient order.</param>
    /// <param name="privatePatterns">Regular expressions of tensors that are never merged.</param>
    /// <param name="filter">Which of the other tensors merge, or null for all.</param>
    /// <returns>The family, which owns what it opened.</returns>
    public static ModelFamily Open(string basePath, IEnumerable<KeyValuePair<string, string>> experts, IReadOnlyList<string> privatePatterns, TensorFilter? filter = null) =>
        Of(basePath, experts.Select(expert => new ExpertDefinition(expert.Key, expert.Value)), privatePatterns, filter);

    /// <summary>Opens the checkpoints of a base, its experts and their own bases.</summary>
    /// <param name="basePath">The base's checkpoint.</param>
    /// <param name="experts">The experts, in coefficient order.</param>
    /// <param name="privatePatterns">Regular expressions of tensors that are never merged.</param>
    /// <param name="filter">Which of the other tensors merge, or null for all.</param>
    /// <returns>The family, which owns what it opened.</returns>
    public static ModelFamily Of(string basePath, IEnumerable<ExpertDefinition> experts, IReadOnlyList<string> privatePatterns, TensorFilter? filter = null)
    {
        var opened = new List<Checkpoint>();
        try
        {
            Checkpoint Keep(string path)
            {
                Checkpoint checkpoint = Checkpoint.Open(path);
                opened.Add(checkpoint);
                return checkpoint;
            }

            Checkpoint baseModel = Keep(basePath);
            ExpertDefinition[] all = [.. experts];
            KeyValuePair<string, Checkpoint>[] open = [.. all.Select(expert => KeyValuePair.Create(expert.Name, Keep(expert.Path)))];
            return new ModelFamily(baseModel, open, privatePatterns, filter, all.Where(expert => expert.Base is not null).ToDictionary(expert => expert.Name, expert => Keep(expert.Base!)));
        }
        catch
        {
            opened.ForEach(checkpoint => checkpoint.Dispose());
            throw;
        }
    }

    /// <summary>An expert's checkpoint.</summary>
    /// <param name="name">The expert's name.</param>
    public Checkpoint Expert(string name) => Experts.First(expert => expert.Key == name).Value;

    /// <summary>
    /// Reads a slice of an expert's task vector: θₖ − θ₀, or θₖ less the expert's own base. Batch-normalisation statistics are averaged over
    /// models, not added to one, so that theirs is always formed on θ₀.
    /// </summary>
    /// <param name="expert">The expert's index.</param>
    /// <param name="tensor">The index of one of <see cref="Shared"/>.</param>
    /// <param name="start">The slice's first element.</param>
    /// <param name="baseSlice">The same slice of the base.</param>
    /// <param name="destination">As long as the slice.</param>
    internal void ReadTau(int expert, int tensor, long start, ReadOnlySpan<float> baseSlice, Span<float> destination)
    {
        (string name, Checkpoint model) = Experts[expert];
        string tensorName = Shared[tensor].Name;
        model.ReadFloats(model.Find(tensorName)!, start, destination);
        if (IsBuffer[tensor] || !OwnBases.TryGetValue(name, out Checkpoint? own))
        {
            TensorPrimitives.Subtract(destination, baseSlice, destination);
            return;
        }

        float[] rented = ArrayPool<float>.Shared.Rent(destination.Length);
        Span<float> origin = rented.AsSpan(0, destination.Length);
        own.ReadFloats(own.Find(tensorName)!, start, origin);
        TensorPrimitives.Subtract(destination, origin, destination);
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>Opens a file of numbers about the models, once, and keeps it open as long as they are.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <exception cref="SearchException">It cannot be read.</exception>
    public Checkpoint OpenStatistics(string path)
    {
        if (!_statistics.TryGetValue(path, out Checkpoint? opened))
        {
            _statistics[path] = opened = Checkpoint.Open(path);
        }

        return opened;
    }

    /// <summary>Opens what was made of the models, for as long as they are open.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SearchException">It cannot be read.</exception>
    internal Checkpoint OpenKept(string path)
    {
        _kept.Add(Checkpoint.Open(path));
        return _kept[^1];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Checkpoint checkpoint in Checkpoints.Concat(Statistics).Concat(_kept))
        {
            checkpoint.Dispose();
        }
    }

    [GeneratedRegex(@"(^|\.)running_(mean|var)$")]
    private static partial Regex BufferName();

    // Only as many rows of the same length.
    private static bool HasOtherRows(TensorInfo a, TensorInfo b) => a.Shape.Count == 2 && b.Shape.Count == 2 && a.Shape[0] != b.Shape[0] && a.Shape[1] == b.Shape[1];

    private static string? Difference(string who, Checkpoint model, TensorInfo tensor) => model.Find(tensor.Name) is not { } own ? $"'{tensor.Name}' is missing in {who}"
        : !own.Shape.SequenceEqual(tensor.Shape) ? $"'{tensor.Name}' is {tensor.ShapeText} in the base and {own.ShapeText} in {who}"
        : tensor.IsFloat && !own.IsFloat ? $"'{tensor.Name}' is {own.Type} in {who}"
        : null;

    private IEnumerable<string> Differences(string who, Checkpoint expert, Func<TensorInfo, bool> isPrivate)
    {
        foreach (TensorInfo tensor in Shared.Concat(Copied))
        {
            TensorType? own = expert.Find(tensor.Name)?.Type;
            if ((Difference(who, expert, tensor) ?? (own == tensor.Type ? null : $"'{tensor.Name}' is {tensor.Type} in the base and {own} in {who}")) is { } difference)
            {
                yield return difference;
            }
        }

        foreach (TensorInfo tensor in expert.Tensors)
        {
            if (!isPrivate(tensor) && Base.Find(tensor.Name) is null)
            {
                yield return $"'{tensor.Name}' of {who} is missing in the base";
            }
        }
    }
}
