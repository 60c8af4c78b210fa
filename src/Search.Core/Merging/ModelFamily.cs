using System.Text.RegularExpressions;
using Search.Checkpoints;

namespace Search.Merging;

/// <summary>
/// A base model and its experts, checked to agree. Shared float tensors merge, unless a filter leaves them out; private tensors belong to each expert alone; tensors that
/// are not floating-point are the base's.
/// </summary>
public sealed partial class ModelFamily : IDisposable
{
    private const int ListedDifferences = 8;

    private readonly Dictionary<string, Checkpoint> _statistics = new(StringComparer.Ordinal);

    /// <summary>Takes ownership of open checkpoints and checks that they agree in names, shapes and types.</summary>
    /// <param name="baseModel">The base model.</param>
    /// <param name="experts">Expert name to checkpoint, in coefficient order; at least one.</param>
    /// <param name="privatePatterns">Regular expressions of tensors that are never merged.</param>
    /// <param name="filter">Which of the other tensors merge, or null for all.</param>
    /// <exception cref="MergeException">They differ; the message lists what does. Or the filter selects nothing.</exception>
    public ModelFamily(Checkpoint baseModel, IReadOnlyList<KeyValuePair<string, Checkpoint>> experts, IReadOnlyList<string> privatePatterns, TensorFilter? filter = null)
    {
        Base = baseModel;
        Experts = experts;
        Regex[] patterns = [.. privatePatterns.Select(pattern => new Regex(pattern, RegexOptions.CultureInvariant))];
        bool IsPrivate(TensorInfo tensor) => patterns.Any(pattern => pattern.IsMatch(tensor.Name));

        Shared = [.. baseModel.Tensors.Where(tensor => tensor.IsFloat && !IsPrivate(tensor))];
        Copied = [.. baseModel.Tensors.Where(tensor => !tensor.IsFloat && !IsPrivate(tensor))];
        PrivateNames = [.. experts.SelectMany(expert => expert.Value.Tensors).Where(IsPrivate).Select(tensor => tensor.Name).Distinct().Order(StringComparer.Ordinal)];
        Layout = new WeightLayout([.. Shared.Select(tensor => new WeightSlot(tensor.Name, tensor.Shape))]);
        IsBuffer = [.. Shared.Select(tensor => BufferName().IsMatch(tensor.Name))];
        IsKept = filter is null ? [.. Shared.Select(_ => false)] : [.. filter.Select([.. Shared.Select(tensor => tensor.Name)]).Select(selected => !selected)];
        IsMerged = [.. IsBuffer.Zip(IsKept, (buffer, kept) => !buffer && !kept)];

        string[] differences = [.. experts.SelectMany(expert => Differences(expert.Key, expert.Value, IsPrivate))];
        if (differences.Length > 0)
        {
            string more = differences.Length > ListedDifferences ? $"; and {differences.Length - ListedDifferences} more" : "";
            throw new MergeException($"{baseModel.Path}: the experts must have the base's tensors in name, shape and type: {string.Join("; ", differences.Take(ListedDifferences))}{more}.");
        }

        if (Shared.FirstOrDefault(tensor => tensor.ElementCount > Array.MaxLength) is { } large)
        {
            throw new MergeException($"{baseModel.Path}: '{large.Name}' has {large.ElementCount} elements, more than the {Array.MaxLength} that one tensor may have.");
        }

        if (!IsMerged.Contains(true))
        {
            throw new MergeException($"{baseModel.Path}: has no floating-point tensor left to merge once private ones ({string.Join(", ", privatePatterns)}){(filter is null ? "" : ", batch-normalisation statistics and what 'only' and 'except' leave out")} are taken out.");
        }
    }

    /// <summary>The base model.</summary>
    public Checkpoint Base { get; }

    /// <summary>Expert name to checkpoint, in coefficient order.</summary>
    public IReadOnlyList<KeyValuePair<string, Checkpoint>> Experts { get; }

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
    public static ModelFamily Open(string basePath, IEnumerable<KeyValuePair<string, string>> experts, IReadOnlyList<string> privatePatterns, TensorFilter? filter = null)
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
            KeyValuePair<string, Checkpoint>[] open = [.. experts.Select(expert => KeyValuePair.Create(expert.Key, Keep(expert.Value)))];
            return new ModelFamily(baseModel, open, privatePatterns, filter);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        Base.Dispose();
        foreach (Checkpoint file in Statistics)
        {
            file.Dispose();
        }

        foreach (KeyValuePair<string, Checkpoint> expert in Experts)
        {
            expert.Value.Dispose();
        }
    }

    [GeneratedRegex(@"(^|\.)running_(mean|var)$")]
    private static partial Regex BufferName();

    private IEnumerable<string> Differences(string name, Checkpoint expert, Func<TensorInfo, bool> isPrivate)
    {
        foreach (TensorInfo tensor in Shared.Concat(Copied))
        {
            TensorInfo? own = expert.Find(tensor.Name);
            if (own is null)
            {
                yield return $"'{tensor.Name}' is missing in expert {name}";
            }
            else if (!own.Shape.SequenceEqual(tensor.Shape))
            {
                yield return $"'{tensor.Name}' is {tensor.ShapeText} in the base and {own.ShapeText} in expert {name}";
            }
            else if (own.Type != tensor.Type)
            {
                yield return $"'{tensor.Name}' is {tensor.Type} in the base and {own.Type} in expert {name}";
            }
        }

        foreach (TensorInfo tensor in expert.Tensors)
        {
            if (!isPrivate(tensor) && Base.Find(tensor.Name) is null)
            {
                yield return $"'{tensor.Name}' of expert {name} is missing in the base";
            }
        }
    }
}
