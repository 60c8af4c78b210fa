using Search.Checkpoints;

namespace Search.Merging.Operators;

/// <summary>Task vectors and the precisions that weigh them, element by element.</summary>
internal sealed class PrecisionMerge : PreparedMerge
{
    private PrecisionMerge(TaskVectors source, TaskVectors vectors, MergeRule rule)
        : base(source, vectors) => Rule = rule;

    public override IReadOnlyList<string> Columns => Source.Names;

    public override MergeRule? Rule { get; }

    /// <summary>Prepares a merge.</summary>
    /// <param name="source">The task vectors.</param>
    /// <param name="precisions">A tensor's precisions by its index in the layout: one an expert, then the base's where that has any.</param>
    /// <param name="hasBase">Whether the base has.</param>
    /// <param name="prior">What is added to the base's.</param>
    /// <exception cref="MergeException">Vectors are stored as float16, or statistics do not fit.</exception>
    public static PrecisionMerge Of(TaskVectors source, Func<int, float[][]> precisions, bool hasBase, float prior)
    {
        if (source.Storage == TensorType.F16)
        {
            throw new MergeException("storage: precisions span more orders of magnitude than float16 does; this operator needs float32 or bfloat16.");
        }

        IEnumerable<string> names = source.Names.Select(name => $"precision of {name}");
        string[] all = [.. source.Names, .. names, .. hasBase ? ["precision of the base"] : Array.Empty<string>()];
        return new PrecisionMerge(source, Preparation.PerTensor(source, all, (tensor, _, taus) => [.. taus, .. precisions(tensor)]), new PrecisionRule(source.Count, prior));
    }

    public override void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients)
    {
        for (int k = 0; k < coefficients.Length; k++)
        {
            merge[piece][k] = (float)coefficients[k];
        }

        merge.IsRuled(piece) = true;
    }
}
