namespace Search.Evaluation;

/// <summary>What an objective adds for the coefficients themselves: <c>L1·mean|λ| + L2·mean λ² + Distance·mean (λ − λ₀)²</c>.</summary>
/// <param name="L1">Weight of the mean absolute value, at least 0.</param>
/// <param name="L2">Weight of the mean square, at least 0.</param>
/// <param name="Distance">Weight of the mean squared distance to where the search starts, at least 0.</param>
public sealed record Regulariser(double L1, double L2, double Distance)
{
    /// <summary>Adds nothing.</summary>
    public static Regulariser None { get; } = new(0, 0, 0);

    /// <summary>What is added.</summary>
    /// <param name="coefficients">The candidate, λ. One weight an expert stands for the same weights in every group, as references have them.</param>
    /// <param name="initial">Where the search starts, λ₀.</param>
    public double Value(IReadOnlyList<double> coefficients, IReadOnlyList<double> initial)
    {
        if (this == None)
        {
            return 0;
        }

        double sum = 0;
        for (int i = 0; i < initial.Count; i++)
        {
            double value = coefficients[i % coefficients.Count]; // coefficients go expert by expert within a group
            double distance = value - initial[i];
            sum += (L1 * Math.Abs(value)) + (L2 * value * value) + (Distance * distance * distance);
        }

        return sum / initial.Count;
    }

    /// <summary>The derivative of <see cref="Value"/> by each coefficient; 0 for |λ| at λ = 0.</summary>
    /// <param name="coefficients">The candidate, λ.</param>
    /// <param name="initial">Where the search starts, λ₀; as long.</param>
    public IReadOnlyList<double> Gradient(IReadOnlyList<double> coefficients, IReadOnlyList<double> initial)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(initial.Count, coefficients.Count, nameof(initial));
        return [.. coefficients.Zip(initial, (value, start) =>
            ((L1 * Math.Sign(value)) + (2 * L2 * value) + (2 * Distance * (value - start))) / coefficients.Count)];
    }
}
