namespace Search.Strategies.Portfolio;

/// <summary>Whether all of some values lie on a grid, as shares of a number of examples do: four distinct values are enough to tell.</summary>
internal sealed class ScoreGrid
{
    private const int LeastDistinct = 4;
    private const double FinestShare = 1e-4; // of the values' range: a finer grid is no unevenness that matters
    private const double Rounding = 1e-9; // likewise: what a computed mean may be off its grid

    private readonly HashSet<double> _values = [];

    /// <summary>How many different values there are.</summary>
    public int Distinct => _values.Count;

    /// <summary>Whether all values are multiples of a step, from the least one on, which is no tiny share of their range.</summary>
    public bool IsCoarse
    {
        get
        {
            if (_values.Count < LeastDistinct)
            {
                return false;
            }

            double least = _values.Min();
            double range = _values.Max() - least;
            double step = 0;
            foreach (double value in _values.Order())
            {
                step = Divisor(value - least, step, Rounding * range);
                if (value > least && step < FinestShare * range)
                {
                    return false;
                }
            }

            return double.IsFinite(range);
        }
    }

    /// <summary>Adds a value.</summary>
    public void Add(double value) => _values.Add(value);

    // Euclid's algorithm on numbers that are a little off.
    private static double Divisor(double a, double b, double tolerance)
    {
        while (b > tolerance)
        {
            (a, b) = (b, Math.Abs(Math.IEEERemainder(a, b)));
        }

        return a;
    }
}
