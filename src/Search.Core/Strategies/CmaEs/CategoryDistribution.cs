namespace Search.Strategies.CmaEs;

/// <summary>
/// Probabilities of the categories of one axis, which have no order and therefore no mean: they follow the weighted frequencies among the
/// better half of a generation (the natural gradient of a categorical distribution, as in CatCMA: Hamano et al. 2024), none below a margin.
/// </summary>
internal sealed class CategoryDistribution
{
    private readonly double[] _probabilities;
    private readonly double _margin;

    /// <summary>Starts with half the probability on one category.</summary>
    /// <param name="levels">How many categories; at least 2.</param>
    /// <param name="start">A number in [0, 1] in the first category's cell.</param>
    /// <param name="axes">How many categorical axes there are.</param>
    public CategoryDistribution(int levels, double start, int axes)
    {
        _probabilities = new double[levels];
        _probabilities.AsSpan().Fill(0.5 / levels);
        _probabilities[(int)Math.Min(start * levels, levels - 1)] += 0.5;
        _margin = (1 - Math.Pow(0.73, 1.0 / axes)) / levels; // with 73 % a point keeps to what was learned on every axis
    }

    /// <summary>The most probable category's number in [0, 1].</summary>
    public double Mode => Middle(Array.IndexOf(_probabilities, _probabilities.Max()));

    /// <summary>Draws a category.</summary>
    /// <param name="uniform">A random number in [0, 1).</param>
    /// <returns>The middle of its cell of [0, 1].</returns>
    public double Draw(double uniform)
    {
        int category = 0;
        for (double sum = _probabilities[0]; category < _probabilities.Length - 1 && uniform >= sum; sum += _probabilities[category])
        {
            category++;
        }

        return Middle(category);
    }

    /// <summary>Learns which categories the better points have.</summary>
    /// <param name="best">Their numbers in [0, 1], best first.</param>
    /// <param name="weights">Their weights, of which the sum is 1.</param>
    /// <param name="rate">How far to go, between 0 and 1.</param>
    public void Learn(IReadOnlyList<double> best, ReadOnlySpan<double> weights, double rate)
    {
        int levels = _probabilities.Length;
        for (int i = 0; i < levels; i++)
        {
            _probabilities[i] *= 1 - rate;
        }

        for (int rank = 0; rank < weights.Length; rank++)
        {
            _probabilities[(int)Math.Min(best[rank] * levels, levels - 1)] += rate * weights[rank];
        }

        double sum = 0;
        for (int i = 0; i < levels; i++)
        {
            sum += _probabilities[i] = Math.Max(_probabilities[i], _margin);
        }

        for (int i = 0; i < levels; i++)
        {
            _probabilities[i] /= sum;
        }
    }

    private double Middle(int category) => (category + 0.5) / _probabilities.Length;
}
