namespace Search.Results.Fronts;

/// <summary>
/// Makes one number of several objectives: the augmented weighted Chebyshev distance to the best values seen (Steuer and Choo 1983,
/// doi:10.1007/BF02591870; as in ParEGO: Knowles 2006, doi:10.1109/TEVC.2005.851274, eq. 2), in units of the range of the front seen.
/// </summary>
public sealed class Scalarisation
{
    /// <summary>What the sum of the weighted objectives counts beside the largest.</summary>
    public const double Augmentation = 0.05;

    private readonly double[] _ideal;
    private readonly double[] _range;

    /// <summary>Measures the range.</summary>
    /// <param name="seen">Objective vectors, at least one.</param>
    public Scalarisation(IReadOnlyList<double[]> seen)
    {
        double[][] front = [.. Dominance.Front(seen).Select(index => seen[index])];
        int m = seen[0].Length;
        _ideal = [.. Enumerable.Range(0, m).Select(i => front.Min(point => point[i]))];
        _range = [.. Enumerable.Range(0, m).Select(i => front.Max(point => point[i]) - _ideal[i] is > 0 and var range ? range
            : seen.Max(point => point[i]) - _ideal[i] is > 0 and var all ? all : 1)];
    }

    /// <summary>An objective in units of the front's range, 0 at its best.</summary>
    /// <param name="index">Which objective.</param>
    /// <param name="value">Its value.</param>
    public double Unit(int index, double value) => (value - _ideal[index]) / _range[index];

    /// <summary>The range of an objective over the front seen.</summary>
    /// <param name="index">Which objective.</param>
    public double Range(int index) => _range[index];

    /// <summary>The distance.</summary>
    /// <param name="weights">One weight an objective, not negative, with the sum 1.</param>
    /// <param name="objectives">The objectives.</param>
    public double Of(IReadOnlyList<double> weights, IReadOnlyList<double> objectives)
    {
        double most = double.NegativeInfinity;
        double sum = 0;
        for (int i = 0; i < weights.Count; i++)
        {
            double term = weights[i] * Unit(i, objectives[i]);
            most = Math.Max(most, term);
            sum += term;
        }

        return most + (Augmentation * sum);
    }

    /// <summary>
    /// The derivative of the distance by each objective, with the largest term smoothed as μ ln Σ exp(term / μ) (Lin et al. 2024, arXiv:2402.19078, eq. 6), which
    /// the best of the front's range is at most μ ln m away from.
    /// </summary>
    /// <param name="weights">One weight an objective, not negative, with the sum 1.</param>
    /// <param name="objectives">The objectives.</param>
    /// <param name="smoothing">μ, a part of the range; positive.</param>
    public double[] SmoothSlopes(IReadOnlyList<double> weights, IReadOnlyList<double> objectives, double smoothing)
    {
        double[] shares = [.. weights.Select((weight, i) => weight * Unit(i, objectives[i]) / smoothing)];
        double most = shares.Max();
        shares = [.. shares.Select(share => Math.Exp(share - most))];
        double sum = shares.Sum();
        return [.. weights.Select((weight, i) => ((shares[i] / sum) + Augmentation) * weight / _range[i])];
    }
}
