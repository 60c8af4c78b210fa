namespace Search.Merging;

/// <summary>A linear merge, fully decided: θ[t] = θ₀[t] + Σₖ this[t, k]·(θₖ[t] − θ₀[t]) for every shared tensor t and expert k.</summary>
public sealed class MergeWeights
{
    private readonly float[] _weights;
    private readonly int _experts;

    /// <summary>Creates a merge that is the base.</summary>
    /// <param name="tensors">How many shared tensors there are.</param>
    /// <param name="experts">How many experts there are.</param>
    public MergeWeights(int tensors, int experts)
    {
        _weights = new float[tensors * experts];
        _experts = experts;
    }

    /// <summary>One tensor's weights, one an expert.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    public Span<float> this[int tensor] => _weights.AsSpan(tensor * _experts, _experts);
}
