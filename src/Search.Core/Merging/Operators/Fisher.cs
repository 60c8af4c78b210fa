using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Σ cₖFₖθₖ / Σ cₖFₖ element by element, F the diagonal of the Fisher information (Matena and Raffel 2022, arXiv:2111.09832, eq. 4); the base
/// takes no part but where the divisor is zero, where it stays.
/// </summary>
/// <param name="Floor">The least F; the authors' is 1e-6.</param>
/// <param name="FloorOf">Whose.</param>
/// <param name="Normalizes">Whether each expert's F is divided by its L2 norm over the model, as it was before the floor.</param>
/// <param name="Files">The experts' F: checkpoints that have a tensor of the shape of each that merges.</param>
public sealed record Fisher(double Floor, FisherFloor FloorOf, bool Normalizes, SettingFiles Files) : MergeOperator("fisher")
{
    /// <summary>The setting that names the files.</summary>
    public const string Key = "statistics";

    /// <inheritdoc/>
    public override SettingFiles Files { get; } = Files;

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 1);

    /// <inheritdoc/>
    public override bool DividesBySum => true;

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors)
    {
        Statistics[] files = Statistics.OfExperts(this, vectors.Family, Key);
        double[] norms = [.. files.Select((file, k) => Normalizes ? Norm(file, vectors, vectors.Names[k]) : 1)];
        return PrecisionMerge.Of(vectors, tensor => [.. files.Select((file, k) => Floored(file.Precisions(vectors.Layout.Tensors[tensor]), k, norms[k]))], hasBase: false, 0);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
        [("floor", YamlText.Number(Floor)), ("floor_of", YamlText.Word(FloorOf)), ("normalize", Normalizes ? "true" : "false")];

    private static double Norm(Statistics file, TaskVectors vectors, string expert)
    {
        double sum = 0;
        for (int t = 0; t < vectors.Layout.Tensors.Count; t++)
        {
            if (vectors.Family.IsMerged[t])
            {
                foreach (float value in file.Precisions(vectors.Layout.Tensors[t]))
                {
                    sum += (double)value * value;
                }
            }
        }

        return sum > 0 ? Math.Sqrt(sum) : throw new MergeException($"fisher: the statistics of expert {expert} are all 0 and cannot be normalised.");
    }

    private float[] Floored(float[] values, int expert, double norm)
    {
        for (int i = 0; i < values.Length; i++)
        {
            double value = FloorOf == FisherFloor.Added ? values[i] + Floor : FloorOf == FisherFloor.All || expert == 0 ? Math.Max(values[i], Floor) : values[i];
            values[i] = (float)(value / norm);
        }

        return values;
    }
}
