namespace Search.Merging.Rules;

/// <summary>Turns scores into shares: exp(sᵢ) / Σ exp(sₖ).</summary>
internal static class Softmax
{
    /// <summary>The shares.</summary>
    /// <param name="scores">Finite, at least one.</param>
    public static double[] Of(IReadOnlyList<double> scores)
    {
        double largest = scores.Max();
        double[] powers = [.. scores.Select(score => Math.Exp(score - largest))];
        double sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }
}
