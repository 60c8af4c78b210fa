namespace Search.Merging;

/// <summary>What an operator's preparation leaves: the vectors that candidates weigh, and how coefficients become weights. On its own the sum of the vectors, each times its coefficient.</summary>
/// <param name="source">The task vectors.</param>
/// <param name="vectors">What preparation made of them; the task vectors themselves where it is left out.</param>
public class PreparedMerge(TaskVectors source, TaskVectors? vectors = null)
{
    /// <summary>The task vectors.</summary>
    public TaskVectors Source { get; } = source;

    /// <summary>What a candidate weighs.</summary>
    public TaskVectors Vectors { get; } = vectors ?? source;

    /// <summary>What has a coefficient in each group of tensors: every vector, unless one number decides for several.</summary>
    public virtual IReadOnlyList<string> Columns => Vectors.Names;

    /// <summary>The settings that are coefficients of the search, which stand behind those of the groups.</summary>
    public virtual IReadOnlyList<SearchedSetting> Settings => [];

    /// <summary>What becomes of the products of weights and vectors, or null for their sum.</summary>
    public virtual MergeRule? Rule => null;

    /// <summary>Whether a merge can be differentiated by the coefficients.</summary>
    public virtual bool IsDifferentiable => Rule is null && Settings.Count == 0;

    /// <summary>What preparation found that people should know, one sentence each without its full stop.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>Decides a piece of a merge.</summary>
    /// <param name="merge">The merge; nothing of the piece is decided yet.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="tensor">The index in the layout of the tensor that it is of.</param>
    /// <param name="coefficients">One a column.</param>
    /// <exception cref="MergeException">The coefficients decide no merge.</exception>
    public virtual void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients)
    {
        Span<float> weights = merge[piece];
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] = (float)coefficients[k];
        }

        merge.IsRuled(piece) = Rule is not null;
    }

    /// <summary>Applies the settings that are searched.</summary>
    /// <param name="merge">The merge; all its pieces are decided.</param>
    /// <param name="settings">One number for each of <see cref="Settings"/>.</param>
    public virtual void Apply(MergeWeights merge, ReadOnlySpan<double> settings)
    {
    }

    /// <summary>Turns the derivative by the weights of a group of tensors into that by its coefficients.</summary>
    /// <param name="coefficients">Where the derivative was taken; one a column.</param>
    /// <param name="slopes">The derivative by each weight, replaced by that by each coefficient.</param>
    public virtual void Pull(ReadOnlySpan<double> coefficients, Span<double> slopes)
    {
    }

    /// <summary>The sum that a group's coefficients are divided by.</summary>
    /// <param name="operation">The operator's name.</param>
    /// <param name="tensor">The index in the layout of a tensor of the group.</param>
    /// <param name="coefficients">One a column.</param>
    /// <exception cref="MergeException">The sum is zero, or so near that it has no reciprocal.</exception>
    protected double Divisor(string operation, int tensor, ReadOnlySpan<double> coefficients)
    {
        double sum = Sum(coefficients);
        return double.IsFinite(1 / sum)
            ? sum
            : throw new MergeException($"{operation}: the weights of '{Source.Layout.Tensors[tensor].Name}' must not sum to zero, got {string.Join(", ", coefficients.ToArray())}.");
    }

    /// <summary>Adds coefficients up in their order, so that every machine's sum is the same.</summary>
    /// <param name="coefficients">The coefficients.</param>
    protected static double Sum(ReadOnlySpan<double> coefficients)
    {
        double sum = 0;
        foreach (double coefficient in coefficients)
        {
            sum += coefficient;
        }

        return sum;
    }

    /// <summary>The coefficients that decide the task-arithmetic merge of given weights in every piece, or null where none do.</summary>
    /// <param name="weights">One task-arithmetic weight an expert.</param>
    public virtual IReadOnlyList<double>? Coefficients(IReadOnlyList<double> weights) => null;
}
