using Search.Checkpoints;

namespace Search.Merging;

/// <summary>Numbers about one model, tensor by tensor.</summary>
internal sealed class Statistics
{
    private readonly string _operator;
    private readonly string _owner;
    private readonly Checkpoint _file;

    private Statistics(string name, string owner, Checkpoint file)
    {
        _operator = name;
        _owner = owner;
        _file = file;
    }

    private string Place => $"{_operator}: the statistics of {_owner} ({_file.Path})";

    /// <summary>Opens the files about the experts.</summary>
    /// <param name="merge">The operator whose settings name them.</param>
    /// <param name="family">The models.</param>
    /// <param name="key">The setting.</param>
    /// <returns>One an expert, in their order.</returns>
    /// <exception cref="MergeException">An expert has no file, or there is one about another.</exception>
    public static Statistics[] OfExperts(MergeOperator merge, ModelFamily family, string key) =>
        [.. merge.Files.OfExperts(merge.Name, family, key).Zip(family.Experts, (file, expert) => new Statistics(merge.Name, $"expert {expert.Key}", file))];

    /// <summary>Opens the file about the base.</summary>
    /// <param name="merge">The operator whose settings name it.</param>
    /// <param name="family">The models.</param>
    /// <param name="key">The setting.</param>
    /// <returns>The file, or null where the setting is left out.</returns>
    public static Statistics? OfBase(MergeOperator merge, ModelFamily family, string key) =>
        merge.Files.All.FirstOrDefault(file => file.Key == key) is { } setting ? new Statistics(merge.Name, "the base", family.OpenStatistics(setting.Path)) : null;

    /// <summary>Whether there is anything of one of these names.</summary>
    /// <param name="names">Names in the file.</param>
    public bool Has(params IEnumerable<string> names) => names.Any(name => _file.Find(name) is not null);

    /// <summary>Reads what a tensor's elements are known by: as many numbers, at least 0.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="MergeException">They are missing, of another shape, negative or not finite.</exception>
    public float[] Precisions(WeightSlot tensor)
    {
        float[] values = Read(tensor.Shape, tensor.Name);
        int broken = Array.FindIndex(values, value => !(value >= 0 && float.IsFinite(value)));
        return broken < 0 ? values : throw new MergeException($"{Place}: '{tensor.Name}' must be at least 0 and finite, got {values[broken]} at element {broken}.");
    }

    /// <summary>Reads a symmetric matrix.</summary>
    /// <param name="size">Rows and columns.</param>
    /// <param name="names">What it may be called.</param>
    /// <exception cref="MergeException">It is missing, of another shape, not finite, not symmetric, or has a negative diagonal.</exception>
    public float[] Symmetric(int size, params IReadOnlyList<string> names)
    {
        string name = names.FirstOrDefault(each => _file.Find(each) is not null, names[0]);
        float[] values = Read([size, size], name);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                float value = values[(i * size) + j];
                float other = values[(j * size) + i];
                if (!float.IsFinite(value) || MathF.Abs(value - other) > 1e-3f * (MathF.Abs(value) + MathF.Abs(other)) || (i == j && value < 0))
                {
                    throw new MergeException($"{Place}: '{name}' must be finite and symmetric, its diagonal at least 0, got {value} and {other} at ({i}, {j}) and ({j}, {i}).");
                }
            }
        }

        return values;
    }

    private float[] Read(IReadOnlyList<long> shape, string name)
    {
        TensorInfo info = _file.Find(name) ?? throw new MergeException($"{Place}: '{name}' is missing{NearestName.Hint(name, _file.Tensors.Select(tensor => tensor.Name))}.");
        return info.IsFloat && info.Shape.SequenceEqual(shape)
            ? _file.ReadFloats(info)
            : throw new MergeException($"{Place}: '{name}' must be floating-point of shape [{string.Join(", ", shape)}], got {info.Type} {info.ShapeText}.");
    }
}
