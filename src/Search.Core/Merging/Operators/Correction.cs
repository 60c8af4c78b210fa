namespace Search.Merging.Operators;

/// <summary>Leaves the first expert's task vector as it is, and makes of each other what corrects it: θ = θ₀ + λ₁τ₁ + Σ λₖ·f(τ₁, τₖ).</summary>
/// <param name="Name">The operator's name.</param>
public abstract record Correction(string Name) : MergeOperator(Name)
{
    /// <inheritdoc/>
    public override double Initial => 1;

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => vectors.Count > 1
        ? new PreparedMerge(vectors, Preparation.PerTensor(vectors, vectors.Names, (tensor, _, taus) =>
        {
            for (int k = 1; k < taus.Length; k++)
            {
                Correct(vectors.Layout.Tensors[tensor], taus[0], taus[k], taus.Length - 1);
            }

            return taus;
        }))
        : throw new MergeException($"{Name}: corrects the first expert by the others, got one expert.");

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    /// <summary>Makes a correction.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="first">The first expert's vector.</param>
    /// <param name="other">The other's, replaced by the correction.</param>
    /// <param name="count">How many others there are.</param>
    protected abstract void Correct(WeightSlot tensor, ReadOnlySpan<float> first, Span<float> other, int count);

    private protected static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}
