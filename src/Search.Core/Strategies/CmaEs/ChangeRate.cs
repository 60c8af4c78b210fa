namespace Search.Strategies.CmaEs;

/// <summary>How fast numbers change: the exponentially weighted average of their differences from one generation to the next, times its own length.</summary>
/// <param name="count">How many numbers.</param>
/// <param name="window">Over about how many generations is averaged; positive.</param>
internal sealed class ChangeRate(int count, double window)
{
    private readonly double[] _rates = new double[count];
    private double[]? _last;

    /// <summary>The largest absolute rate; 0 without numbers.</summary>
    public double Largest
    {
        get
        {
            double largest = 0;
            foreach (double rate in _rates)
            {
                largest = Math.Max(largest, Math.Abs(rate));
            }

            return largest;
        }
    }

    /// <summary>The rate of one number, a change in <c>window</c> generations.</summary>
    public double Of(int index) => _rates[index];

    /// <summary>Adds a generation's numbers, which are kept.</summary>
    public void Add(double[] values)
    {
        for (int i = 0; i < count && _last is not null; i++)
        {
            _rates[i] += (values[i] - _last[i]) - (_rates[i] / window);
        }

        _last = values;
    }
}
