namespace Search.Strategies;

/// <summary>
/// Variables with bounds and a fixed sum, one axis fewer than variables: stick breaking, each axis deciding which part of what is left its
/// variable takes. The axes are quantiles, so that uniform axes give the uniform distribution, Dirichlet(1, …, 1), while no upper bound is
/// in the way (Devroye 1986, Non-Uniform Random Variate Generation, XI.4); an upper bound cuts the quantiles off.
/// </summary>
internal sealed class SumPart : SpacePart
{
    private readonly SpaceVariable[] _variables;
    private readonly double[] _lower; // of a variable times how many coefficients share it
    private readonly double[] _width;
    private readonly double[] _widthAfter; // the sum of the widths behind
    private readonly double _slack; // the sum beyond the lower bounds

    /// <summary>Prepares the variables, at least two, whose bounds leave more than one point.</summary>
    /// <param name="variables">The variables.</param>
    /// <param name="lower">Their lower bounds, times how many coefficients share each.</param>
    /// <param name="upper">Their upper bounds, likewise.</param>
    /// <param name="sum">The sum of all coefficients of the variables.</param>
    public SumPart(SpaceVariable[] variables, double[] lower, double[] upper, double sum)
    {
        _variables = variables;
        _lower = lower;
        _slack = sum - lower.Sum();
        _width = [.. upper.Zip(lower, (high, low) => Math.Min(high - low, _slack))];
        _widthAfter = new double[variables.Length];
        for (int i = variables.Length - 2; i >= 0; i--)
        {
            _widthAfter[i] = _widthAfter[i + 1] + _width[i + 1];
        }

        Axes = [.. variables.SkipLast(1).Select(variable => new SearchAxis(variable.Shape.Name, 0, true, 0))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<SearchAxis> Axes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> Indices => [.. _variables.SelectMany(variable => variable.Indices)];

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<double> point, Span<double> coefficients)
    {
        double left = _slack;
        for (int i = 0; i < _variables.Length; i++)
        {
            double taken = left;
            if (i < point.Length && left > 0)
            {
                (double low, double high, double tailLow, double tailHigh) = Stick(i, left);
                double tail = tailHigh + (point[i] * (tailLow - tailHigh));
                taken = Math.Clamp(left * (1 - Math.Pow(tail, 1.0 / After(i))), low, high);
            }

            taken = Math.Clamp(taken, 0, _width[i]);
            left = Math.Max(0, left - taken);
            Assign(i, taken, coefficients);
        }
    }

    /// <inheritdoc/>
    public override void Encode(IReadOnlyList<double> coefficients, Span<double> point)
    {
        double[] taken = Project([.. _variables.Select((variable, i) => (variable.Indices.Count * variable.Value(coefficients)) - _lower[i])]);
        double left = _slack;
        for (int i = 0; i < point.Length; i++)
        {
            point[i] = 0.5;
            if (left > 0)
            {
                (_, _, double tailLow, double tailHigh) = Stick(i, left);
                double tail = Math.Pow(Math.Max(0, 1 - (taken[i] / left)), After(i));
                point[i] = tailLow > tailHigh ? Math.Clamp((tail - tailHigh) / (tailLow - tailHigh), 0, 1) : 0.5;
            }

            left = Math.Max(0, left - taken[i]);
        }
    }

    private int After(int i) => _variables.Length - 1 - i;

    // What a variable may take of what is left, and the chance that a uniform share of it is larger, (1 − share)^k with k variables behind.
    // Tails and not their complements: only they keep their digits near a share of everything.
    private (double Low, double High, double TailLow, double TailHigh) Stick(int i, double left)
    {
        double low = Math.Clamp(left - _widthAfter[i], 0, left);
        double high = Math.Clamp(Math.Min(_width[i], left), low, left);
        return (low, high, Math.Pow(1 - (low / left), After(i)), Math.Pow(1 - (high / left), After(i)));
    }

    private void Assign(int i, double taken, Span<double> coefficients)
    {
        SpaceVariable variable = _variables[i];
        double value = (_lower[i] + taken) / variable.Indices.Count;
        variable.Assign(Math.Clamp(value, _lower[i] / variable.Indices.Count, variable.Shape.Upper), coefficients);
    }

    // The nearest numbers within [0, width] whose sum is the slack: a coefficient's shift is the same for all; bisection finds it.
    private double[] Project(double[] wanted)
    {
        double Moved(int i, double shift) => Math.Clamp(wanted[i] - (shift * _variables[i].Indices.Count), 0, _width[i]);
        if (Math.Abs(wanted.Sum() - _slack) < 1e-12 && wanted.Index().All(one => one.Item >= 0 && one.Item <= _width[one.Index]))
        {
            return wanted;
        }

        double reach = wanted.Max(Math.Abs) + _slack;
        (double low, double high) = (-reach, reach);
        for (int round = 0; round < 200 && low < high; round++)
        {
            double middle = low + ((high - low) / 2);
            if (Enumerable.Range(0, wanted.Length).Sum(i => Moved(i, middle)) > _slack)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return [.. wanted.Select((_, i) => Moved(i, high))];
    }
}
