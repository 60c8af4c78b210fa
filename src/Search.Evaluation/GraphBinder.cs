using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>
/// Decides which checkpoint tensor fills which place of a graph: by name, else by the study's renames, else by the base model's values,
/// because exporters rename and transpose the weights of linear layers. The graph's values are read only for the last.
/// </summary>
internal sealed class GraphBinder
{
    private const int MostListed = 20;
    private const string TransposedMark = "^T";

    private readonly OnnxGraph _graph;
    private readonly IReadOnlyList<OrtElementType> _types;
    private readonly Checkpoint? _base;
    private readonly IReadOnlyList<Checkpoint> _experts;
    private readonly (Regex Pattern, string Replacement)[] _renames;
    private readonly Dictionary<string, string> _taken = new(StringComparer.Ordinal); // place to tensor
    private readonly List<(Wanted Tensor, WeightBinding Binding)> _bindings = [];
    private readonly List<string> _defects = [];

    private GraphBinder(OnnxGraph graph, WeightSources sources, IReadOnlyList<OrtElementType> types)
    {
        _graph = graph;
        _types = types;
        _base = sources.Base;
        _experts = sources.Experts;
        _renames = [.. sources.Rename.Select(rename => (new Regex(rename.Key, RegexOptions.CultureInvariant), rename.Value))];
    }

    /// <summary>Binds every weight of a study.</summary>
    /// <param name="graph">The study's graph.</param>
    /// <param name="layout">The merged weights.</param>
    /// <param name="options">The study's tasks, names and checkpoints.</param>
    /// <param name="types">The element types that the engine can feed.</param>
    /// <exception cref="SearchException">A weight has no place or several that cannot be told apart, or another shape or type; all of them are listed.</exception>
    public static GraphBinding Bind(OnnxGraph graph, WeightLayout layout, EvaluatorOptions options, params IReadOnlyList<OrtElementType> types) => Bind(
        graph,
        layout.Tensors,
        PrivateFeed.Describe(options.PrivateTensors, options.Tasks),
        new WeightSources { Base = options.Base, Experts = [.. options.Tasks.Select(task => task.Expert).Distinct()], Rename = options.Rename },
        types);

    /// <summary>Binds weights.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="merged">The merged weights.</param>
    /// <param name="privates">The tensors each task's expert brings.</param>
    /// <param name="sources">What is known of names and values.</param>
    /// <param name="types">The element types that the engine can feed.</param>
    /// <exception cref="SearchException">A weight has no place or several that cannot be told apart, or another shape or type; all of them are listed.</exception>
    public static GraphBinding Bind(
        OnnxGraph graph, IReadOnlyList<WeightSlot> merged, IReadOnlyList<PrivateTensor> privates, WeightSources sources, params IReadOnlyList<OrtElementType> types)
    {
        GraphBinder binder = new(graph, sources, types);
        Wanted[] tensors =
        [
            .. merged.Select((slot, index) => new Wanted(index, slot.Name, [slot.Shape], IsPrivate: false)),
            .. privates.Select((tensor, index) => new Wanted(index, tensor.Name, tensor.Shapes, IsPrivate: true)),
        ];
        Wanted[] unnamed = [.. tensors.Where(tensor => !binder.BindByName(tensor))];
        HashSet<Wanted> open = [.. unnamed.Where(tensor => !binder.BindByRename(tensor))];
        binder.BindByContent(tensors, open);
        if (binder._defects.Count > 0)
        {
            throw binder.Mismatch();
        }

        WeightBinding[] Of(bool isPrivate) => [.. binder._bindings.Where(each => each.Tensor.IsPrivate == isPrivate).Select(each => each.Binding).OrderBy(binding => binding.Index)];
        return new GraphBinding(Of(isPrivate: false), Of(isPrivate: true));
    }

    private bool BindByName(Wanted tensor)
    {
        if (!_graph.Weights.TryGetValue(tensor.Name, out GraphWeight? weight))
        {
            return false;
        }

        Bind(tensor, weight, transposed: false, BindingRule.Name);
        return true;
    }

    private bool BindByRename(Wanted tensor)
    {
        if (Renamed(tensor) is not { } name)
        {
            return false;
        }

        bool marked = !_graph.Weights.ContainsKey(name) && name.EndsWith(TransposedMark, StringComparison.Ordinal);
        if (!_graph.Weights.TryGetValue(marked ? name[..^TransposedMark.Length] : name, out GraphWeight? weight))
        {
            return false;
        }

        if (_taken.TryGetValue(weight.Place.Name, out string? other))
        {
            _defects.Add($"{tensor}: renamed to '{weight.Place.Name}', which is '{other}' already");
        }
        else
        {
            Bind(tensor, weight, marked || IsTransposed(tensor, weight), BindingRule.Rename);
        }

        return true;
    }

    private string? Renamed(Wanted tensor) => _renames.FirstOrDefault(rename => rename.Pattern.IsMatch(tensor.Name)) is ({ } pattern, { } replacement)
        ? pattern.Replace(tensor.Name, replacement)
        : null;

    // Of a renamed matrix: the orientation that has more of the graph's dimensions, or of a square one the graph's values.
    private bool IsTransposed(Wanted tensor, GraphWeight weight)
    {
        if (weight.Place.Dimensions is not [{ } rows, { } columns] || tensor.Shapes[0].Count != 2)
        {
            return false;
        }

        int upright = tensor.Shapes.Max(shape => (shape[0] == rows ? 1 : 0) + (shape[1] == columns ? 1 : 0));
        int turned = tensor.Shapes.Max(shape => (shape[1] == rows ? 1 : 0) + (shape[0] == columns ? 1 : 0));
        if (upright != turned || !IsComparable(weight) || Unreadable(weight) is not null || TensorFingerprint.Of(weight.Values!, _graph.Path) is not { } values)
        {
            return turned > upright;
        }

        Candidate[] square = [.. Candidates(tensor).Where(candidate => candidate.ShapeKey == ShapeKey(weight))];
        return square.Any(candidate => candidate.Transposed && candidate.Fingerprint() == values)
            && square.All(candidate => candidate.Transposed || candidate.Fingerprint() != values);
    }

    private void BindByContent(IReadOnlyList<Wanted> tensors, HashSet<Wanted> open)
    {
        List<GraphWeight> free = [];
        foreach (GraphWeight weight in _graph.Weights.Values.Where(weight => !_taken.ContainsKey(weight.Place.Name) && weight is { Values: not null, IsAlias: false } && TensorTypes.IsAnyFloat(weight.Place.Type)))
        {
            if (Unreadable(weight) is { } reason)
            {
                _defects.Add($"'{weight.Place.Name}' {weight.Place.ShapeText} of the graph: no checkpoint tensor is bound to it by name, and its own values cannot be read: {reason}");
            }
            else if (IsComparable(weight))
            {
                free.Add(weight);
            }
        }

        // Only what could be equal is read.
        HashSet<string> shapes = [.. free.Select(ShapeKey)];
        Candidate[] candidates = [.. tensors.SelectMany(Candidates).Where(candidate => shapes.Contains(candidate.ShapeKey))];
        shapes = [.. candidates.Select(candidate => candidate.ShapeKey)];
        ILookup<string, GraphWeight> places = ByFingerprint(free.Where(weight => shapes.Contains(ShapeKey(weight))), weight => TensorFingerprint.Of(weight.Values!, _graph.Path));
        shapes = [.. places.SelectMany(same => same.Select(ShapeKey))];
        ILookup<string, Candidate> held = ByFingerprint(candidates.Where(candidate => shapes.Contains(candidate.ShapeKey)), candidate => candidate.Fingerprint());

        HashSet<Wanted> found = [];
        foreach (IGrouping<string, GraphWeight> same in places)
        {
            Candidate[] all = [.. held[same.Key].DistinctBy(candidate => (candidate.Tensor, candidate.Transposed))];
            Candidate[] chosen = [.. all.Where(candidate => open.Contains(candidate.Tensor))];
            chosen = chosen.Length > 0 ? chosen : all;
            found.UnionWith(chosen.Select(candidate => candidate.Tensor));

            // A tensor that has no place yet must have this one; of several places some could be another tensor's of these values.
            if (chosen.Length == 1 && (all.Length == 1 || same.Count() == 1))
            {
                foreach (GraphWeight weight in same)
                {
                    Bind(chosen[0].Tensor, weight, chosen[0].Transposed, BindingRule.Content);
                }
            }
            else if (all.Length > 0)
            {
                string each = string.Join(" and ", all.Select(candidate => $"{candidate.Tensor}{(candidate.Transposed ? " transposed" : "")}"));
                _defects.Add($"{each}: the values of each are those of the graph's '{string.Join("' and '", same.Select(weight => weight.Place.Name))}'; say which is which with model.rename");
            }
        }

        foreach (Wanted tensor in open.Where(tensor => !found.Contains(tensor)))
        {
            AddMissing(tensor);
        }
    }

    private void AddMissing(Wanted tensor)
    {
        string renamed = Renamed(tensor) is { } name ? $", nor of '{name}', to which it is renamed" : "";
        string uniform = _defects.Count < MostListed && Sources(tensor).Any(source => source.File.ReadFloats(source.Stored) is [float first, .. var others] && !others.AsSpan().ContainsAnyExcept(first))
            ? "; its values, one number throughout, prove nothing, so model.rename must say which tensor it is"
            : "";
        _defects.Add($"{tensor}: the graph has no tensor of this name{renamed}{NearestName.Hint(tensor.Name, _graph.Weights.Keys)}{uniform}");
    }

    private void Bind(Wanted tensor, GraphWeight weight, bool transposed, BindingRule rule)
    {
        GraphInput place = weight.Place;
        string which = place.Name == tensor.Name ? "" : $" '{place.Name}'";
        _taken.TryAdd(place.Name, tensor.Name);
        IReadOnlyList<IReadOnlyList<long>> shapes = transposed ? [.. tensor.Shapes.Select(shape => (IReadOnlyList<long>)[.. shape.Reverse()])] : tensor.Shapes;
        bool sameShape = place.Dimensions is null
            || (place.Dimensions.Count == shapes[0].Count && (tensor.IsPrivate || place.Dimensions.Zip(shapes[0]).All(pair => pair.First is null || pair.First == pair.Second)));
        if (transposed && shapes[0].Count != 2)
        {
            _defects.Add($"{tensor}: only matrices can be bound transposed");
        }
        else if (!sameShape)
        {
            _defects.Add($"{tensor}: the graph's tensor{which} has the shape {place.ShapeText}{(transposed ? ", and is bound transposed" : "")}");
        }
        else if (!_types.Contains(place.Type))
        {
            string[] names = [.. _types.Select(TensorTypes.Name)];
            _defects.Add($"{tensor}: the graph's tensor{which} holds {TensorTypes.Name(place.Type)}; only {string.Join(", ", names[..^1])} and {names[^1]} weights can be fed");
        }
        else
        {
            IReadOnlyList<long?> shape = tensor.IsPrivate ? CommonShape(shapes, place) : [.. shapes[0].Select(dimension => (long?)dimension)];
            _bindings.Add((tensor, new WeightBinding(tensor.Index, tensor.Name, place.Name, place.Type, shape, transposed, rule)));
        }
    }

    // A dimension stays fixed where the graph and all tasks agree.
    private static IReadOnlyList<long?> CommonShape(IReadOnlyList<IReadOnlyList<long>> shapes, GraphInput place) =>
        [.. shapes[0].Select((dimension, axis) => shapes.All(shape => shape[axis] == dimension) && (place.Dimensions?[axis] ?? dimension) == dimension ? dimension : (long?)null)];

    // The models whose values the graph may hold: it was exported from the base, with a task's head where the base has none.
    private IEnumerable<(Checkpoint File, TensorInfo Stored)> Sources(Wanted tensor)
    {
        IEnumerable<Checkpoint> files = _base is null ? [] : tensor.IsPrivate && _base.Find(tensor.Name) is null ? _experts : [_base];
        return files.Select(file => (file, file.Find(tensor.Name)!)).Where(source => source.Item2 is { IsFloat: true });
    }

    private IEnumerable<Candidate> Candidates(Wanted tensor) =>
        from source in Sources(tensor)
        from type in _types
        from turns in Enumerable.Range(0, source.Stored.Shape.Count == 2 ? 2 : 1)
        select new Candidate(tensor, source.File, source.Stored, type, Transposed: turns == 1);

    // Single numbers prove nothing, and larger ones do not fit an array.
    private bool IsComparable(GraphWeight weight) =>
        weight.Values is { } values && _types.Contains(weight.Place.Type)
        && values.Dims.Aggregate(1.0, (product, dimension) => product * dimension) is > 1 and < int.MaxValue / sizeof(float);

    private string? Unreadable(GraphWeight weight)
    {
        try
        {
            if (OnnxTensorData.IsExternal(weight.Values!))
            {
                _ = OnnxTensorData.Locate(weight.Values!, Path.GetDirectoryName(Path.GetFullPath(_graph.Path))!, _graph.Path);
            }
            else
            {
                _ = OnnxTensorData.Inline(weight.Values!, _graph.Path);
            }

            return null;
        }
        catch (CheckpointFormatException exception)
        {
            return exception.Message;
        }
    }

    private static string ShapeKey(GraphWeight weight) => ShapeKey(weight.Place.Type, weight.Values!.Dims);

    private static string ShapeKey(OrtElementType type, IEnumerable<long> shape) => $"{type} [{string.Join(", ", shape)}]";

    private static ILookup<string, T> ByFingerprint<T>(IEnumerable<T> items, Func<T, string?> fingerprint)
    {
        try
        {
            return items.AsParallel().AsOrdered().Select(item => (Key: fingerprint(item), Item: item)).ToArray().Where(each => each.Key is not null).ToLookup(each => each.Key!, each => each.Item);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            throw;
        }
    }

    private SearchException Mismatch()
    {
        string list = string.Concat(_defects.Take(MostListed).Select(defect => $"{Environment.NewLine}  {defect}"));
        string rest = _defects.Count > MostListed ? $"{Environment.NewLine}  … and {_defects.Count - MostListed} more" : string.Empty;
        return new SearchException($"{_graph.Path}: {_defects.Count} of the checkpoints' tensors do not fit the graph:{list}{rest}");
    }

    // A checkpoint tensor to find a place for, with its shape in each task's expert; one shape for a merged one.
    private sealed record Wanted(int Index, string Name, IReadOnlyList<IReadOnlyList<long>> Shapes, bool IsPrivate)
    {
        public bool Equals(Wanted? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => $"'{Name}' [{string.Join(", ", Shapes[0])}]";
    }

    // A tensor as some model has it, in one of the ways that the graph could.
    private sealed record Candidate(Wanted Tensor, Checkpoint File, TensorInfo Stored, OrtElementType Type, bool Transposed)
    {
        public string ShapeKey { get; } = GraphBinder.ShapeKey(Type, Transposed ? Stored.Shape.Reverse() : Stored.Shape);

        public string Fingerprint() => TensorFingerprint.Of(File, Stored, Type, Transposed);
    }
}
