namespace Search.Merging.Operators;

/// <summary>
/// Makes a vector for each expert that only its tasks use: θₖ = θ₀ + λₖ·vₖ. What is merged is what the models share in memory; there is one
/// model an expert, so that whoever runs it must know the task.
/// </summary>
/// <param name="Name">The operator's name.</param>
public abstract record TaskModels(string Name) : MergeOperator(Name)
{
    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 2);

    /// <inheritdoc/>
    public override double Initial => 1;

    /// <inheritdoc/>
    public override bool IsPerTask => true;

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors)
    {
        TaskVectors made = Preparation.PerTensor(vectors, vectors.Names, (_, _, taus) =>
        {
            Make(taus);
            return taus;
        });
        return new Prepared(vectors, made, Scales(vectors, made));
    }

    /// <summary>Makes each task vector's part in a tensor the one that its tasks use.</summary>
    /// <param name="taus">The parts, changed in place.</param>
    protected abstract void Make(float[][] taus);

    /// <summary>What each expert's vector is multiplied by.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="made">What was made of them.</param>
    protected virtual double[] Scales(TaskVectors vectors, TaskVectors made) => [.. vectors.Names.Select(_ => 1.0)];

    private sealed class Prepared(TaskVectors source, TaskVectors vectors, double[] scales) : PreparedMerge(source, vectors)
    {
        public override bool IsDifferentiable => false;

        public override void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients)
        {
            for (int k = 0; k < scales.Length; k++)
            {
                merge[piece][k] = (float)(coefficients[k] * scales[k]);
            }
        }
    }
}
