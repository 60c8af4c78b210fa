using MathNet.Numerics.Distributions;

namespace Search.Strategies.CmaEs;

/// <summary>
/// CMA-ES with margin (Hamano et al. 2022, arXiv:2205.13482): a coordinate that only counts by the cell it lies in keeps, whatever its
/// deviation, a probability of leaving its cell. Points are spread around the mean by a factor of their own, which the search never sees.
/// </summary>
internal sealed class IntegerMargin
{
    private readonly int[] _levels; // 0 for a continuous coordinate
    private readonly double[] _spread; // A
    private readonly bool _hasLevels;

    /// <summary>Starts with no spread.</summary>
    /// <param name="levels">For each coordinate in how many equal cells [0, 1] is cut, 0 where every number counts.</param>
    public IntegerMargin(IReadOnlyList<int> levels)
    {
        _levels = [.. levels];
        _hasLevels = levels.Any(count => count > 0);
        _spread = new double[levels.Count];
        Reset();
    }

    /// <summary>Forgets the spread, as a new run must.</summary>
    public void Reset() => _spread.AsSpan().Fill(1);

    /// <summary>The number in [0, 1] that stands for a coordinate: the middle of its cell.</summary>
    /// <param name="j">The coordinate, which has levels.</param>
    /// <param name="value">Where the search has put it.</param>
    /// <param name="mean">The search's mean there.</param>
    public double Encode(int j, double value, double mean) => (Cell(j, mean + (_spread[j] * (value - mean))) + 0.5) / _levels[j];

    /// <summary>Corrects the mean and the spread after an update of the search.</summary>
    /// <param name="run">The search.</param>
    public void Correct(EvolutionRun run)
    {
        if (!_hasLevels)
        {
            return;
        }

        double alpha = 1.0 / (_levels.Length * run.Lambda);
        for (int j = 0; j < _levels.Length; j++)
        {
            if (_levels[j] > 0)
            {
                run.Mean[j] = Math.Clamp(run.Mean[j], 0, 1);
                Correct(j, run.Mean, Math.Max(run.Deviation(j), 1e-150), alpha);
            }
        }
    }

    private int Cell(int j, double value) => (int)Math.Clamp(Math.Floor(value * _levels[j]), 0, _levels[j] - 1);

    private void Correct(int j, double[] mean, double deviation, double alpha)
    {
        int levels = _levels[j];
        int cell = Cell(j, mean[j]);
        double low = (double)cell / levels;
        double high = (cell + 1.0) / levels;
        double sigma = deviation * _spread[j];
        if (cell == 0 || cell == levels - 1)
        {
            // eq. 15: one side only has another cell, which a point must reach with probability α.
            double threshold = cell == 0 ? high : low;
            double farthest = sigma * Normal.InvCDF(0, 1, 1 - alpha);
            mean[j] = cell == 0 ? Math.Max(mean[j], threshold - farthest) : Math.Min(mean[j], threshold + farthest);
            return;
        }

        // eqs. 16–19: at least α / 2 on either side, the rest shared in proportion; then mean and spread are those with these probabilities.
        double below = Normal.CDF(mean[j], sigma, low);
        double above = Normal.CDF(-mean[j], sigma, -high);
        double inside = 1 - below - above;
        double raisedBelow = Math.Max(alpha / 2, below);
        double raisedAbove = Math.Max(alpha / 2, above);
        double excess = (1 - raisedBelow - raisedAbove - inside) / (raisedBelow + inside + raisedAbove - (1.5 * alpha));
        double quantileBelow = Quantile(raisedBelow + (excess * (raisedBelow - (alpha / 2))));
        double quantileAbove = Quantile(raisedAbove + (excess * (raisedAbove - (alpha / 2))));
        _spread[j] = (high - low) / ((quantileBelow + quantileAbove) * deviation);
        mean[j] = ((low * quantileAbove) + (high * quantileBelow)) / (quantileBelow + quantileAbove);
    }

    // How many deviations away a threshold is that is passed with this probability.
    private static double Quantile(double probability) => Normal.InvCDF(0, 1, 1 - Math.Clamp(probability, 1e-10, 0.5 - 1e-10));
}
