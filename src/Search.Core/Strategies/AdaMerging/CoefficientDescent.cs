using System.Numerics.Tensors;

namespace Search.Strategies.AdaMerging;

/// <summary>
/// A point that moves against derivatives by Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1) and keeps to what its space allows: bounds and
/// coefficients with a fixed sum by projection, simplices by a softmax of what moves.
/// </summary>
internal sealed class CoefficientDescent
{
    private const double Epsilon = 1e-8;

    private readonly SearchSpace _space;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly bool _clamp;
    private readonly double[] _lower;
    private readonly double[] _upper; // where a coefficient is fixed, both bounds are its value
    private readonly int[][] _simplices; // coefficients with the sum 1, softmaxes of what Adam moves
    private readonly int[][] _planes; // coefficients with the sum 1, by projection
    private readonly SpaceVariable[] _tied; // everything else, alone or tied
    private readonly double[] _free; // what Adam moves; points are made from it
    private readonly double[] _mean;
    private readonly double[] _variance;
    private double[] _previous = [];
    private int _steps;

    /// <summary>Stands at the space's initial values.</summary>
    /// <param name="space">Where it moves.</param>
    /// <param name="strategy">Whose point it is, for errors.</param>
    /// <param name="beta1">The decay of Adam's mean of derivatives, in [0, 1).</param>
    /// <param name="beta2">The decay of Adam's mean of squared derivatives, in [0, 1).</param>
    /// <param name="clamp">Whether coefficients are clamped to [0, 1] where they are used instead of kept within their bounds.</param>
    /// <exception cref="ArgumentException">A decay is out of its range, or the space has coefficients without a derivative or sums that cannot be kept to.</exception>
    public CoefficientDescent(SearchSpace space, string strategy, double beta1, double beta2, bool clamp = false)
    {
        if (!(beta1 is >= 0 and < 1) || !(beta2 is >= 0 and < 1))
        {
            throw new ArgumentException($"Beta1 and Beta2 must be in [0, 1), got {beta1} and {beta2}.", nameof(beta1));
        }

        if (space.Coefficients.FirstOrDefault(coefficient => coefficient is not { Kind: CoefficientKind.Float, Scale: CoefficientScale.Linear }) is { } odd)
        {
            throw new ArgumentException($"{strategy} follows derivatives, which '{odd.Name}' has none of: every coefficient must be a float on a linear scale.", nameof(space));
        }

        _space = space;
        _beta1 = beta1;
        _beta2 = beta2;
        _clamp = clamp;
        _lower = [.. space.Coefficients.Select(coefficient => coefficient.Lower)];
        _upper = [.. space.Coefficients.Select(coefficient => coefficient.Upper)];
        _free = new double[space.Dimension];
        _mean = new double[_free.Length];
        _variance = new double[_free.Length];
        _simplices = [.. Groups<SimplexConstraint>(space, strategy)];
        _planes = [.. Groups<AffineConstraint>(space, strategy)];
        _tied = [.. space.Parts.OfType<SpaceVariable>()];
        foreach (SpaceVariable variable in _tied)
        {
            variable.Assign(variable.Shape.Lower, _lower);
            variable.Assign(variable.Shape.Upper, _upper);
        }

        foreach ((int index, double value) in space.Constants)
        {
            _lower[index] = _upper[index] = value;
        }

        if (_simplices.SelectMany(group => group).Any(i => _lower[i] > 0 || _upper[i] < 1))
        {
            throw new ArgumentException($"{strategy} keeps to a simplex by a softmax, which needs 0 and 1 within the bounds of its coefficients.", nameof(space));
        }

        for (int i = 0; clamp && i < _free.Length; i++)
        {
            if (_simplices.Length + _planes.Length > 0 || _lower[i] > 1 || _upper[i] < 0)
            {
                throw new ArgumentException($"Clamp needs coefficients without a fixed sum whose bounds overlap [0, 1], got '{space.Coefficients[i].Name}' within [{_lower[i]}, {_upper[i]}].", nameof(clamp));
            }
        }

        Separate = [.. Enumerable.Range(0, space.Dimension).Except(_tied.SelectMany(variable => variable.Indices.Skip(1)))];
        MoveTo([.. space.Coefficients.Select(coefficient => coefficient.Initial)]);
    }

    /// <summary>How many coefficients there are.</summary>
    public int Dimension => _free.Length;

    /// <summary>One coefficient of each tied group, and all others.</summary>
    public IReadOnlyList<int> Separate { get; }

    /// <summary>The step size of a step, falling to zero along half a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts).</summary>
    /// <param name="rate">That of the first step.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">How many there are.</param>
    public static double CosineRate(double rate, int step, int steps) => rate * (0.5 * (1 + Math.Cos(Math.PI * step / steps)));

    /// <summary>Stands at a point, with Adam's means forgotten.</summary>
    /// <param name="coefficients">The point, in coefficient units; what the space does not allow is moved into it.</param>
    public void MoveTo(double[] coefficients)
    {
        coefficients.CopyTo(_free, 0);
        foreach (SpaceVariable variable in _tied)
        {
            variable.Assign(variable.Value(coefficients), _free);
        }

        foreach (int i in _simplices.SelectMany(group => group))
        {
            // The softmax of logarithms is the point scaled to sum 1.
            _free[i] = Math.Log(Math.Max(coefficients[i], 1e-6));
        }

        Project();
        _previous = [.. _free];
        _steps = 0;
        Array.Clear(_mean);
        Array.Clear(_variance);
    }

    /// <summary>Moves by one step of Adam.</summary>
    /// <param name="gradient">The derivative by each coefficient at the point.</param>
    /// <param name="rate">The step size, in coefficient units.</param>
    public void Step(IReadOnlyList<double> gradient, double rate)
    {
        _previous = [.. _free];
        double[] g = FreeGradient(gradient);
        _steps++;
        double meanScale = 1 / (1 - Math.Pow(_beta1, _steps));
        double varianceScale = 1 / (1 - Math.Pow(_beta2, _steps));
        for (int i = 0; i < g.Length; i++)
        {
            _mean[i] = (_beta1 * _mean[i]) + ((1 - _beta1) * g[i]);
            _variance[i] = (_beta2 * _variance[i]) + ((1 - _beta2) * g[i] * g[i]);
            _free[i] -= rate * _mean[i] * meanScale / (Math.Sqrt(_variance[i] * varianceScale) + Epsilon);
        }

        Project();
    }

    /// <summary>Moves along a direction of what moves, which is that of the coefficients but for ties, sums and simplices.</summary>
    /// <param name="direction">One number a coefficient, as <see cref="FreeGradient"/> gives them; it is moved against.</param>
    /// <param name="length">How far what moves furthest moves.</param>
    public void Move(double[] direction, double length)
    {
        _previous = [.. _free];
        double scale = length / direction.Max(Math.Abs);
        for (int i = 0; i < direction.Length; i++)
        {
            _free[i] -= scale * direction[i];
        }

        Project();
    }

    /// <summary>Moves half-way back to where the last step began.</summary>
    public void StepBack()
    {
        for (int i = 0; i < _free.Length; i++)
        {
            _free[i] = (_free[i] + _previous[i]) / 2;
        }
    }

    /// <summary>The point, in coefficient units.</summary>
    public double[] Coefficients()
    {
        double[] coefficients = [.. _free];
        if (_clamp)
        {
            for (int i = 0; i < coefficients.Length; i++)
            {
                coefficients[i] = Math.Clamp(coefficients[i], Math.Max(0, _lower[i]), Math.Min(1, _upper[i]));
            }
        }

        foreach (int[] group in _simplices)
        {
            double[] shares = [.. group.Select(i => _free[i])];
            TensorPrimitives.SoftMax<double>(shares, shares);
            foreach ((int i, double share) in group.Zip(shares))
            {
                coefficients[i] = share;
            }
        }

        return coefficients;
    }

    /// <summary>Checks what a strategy is told of its one pending candidate.</summary>
    /// <param name="verdicts">The verdicts, one at most.</param>
    /// <param name="pending">The candidate, or null.</param>
    /// <param name="objectives">How many objectives candidates have.</param>
    /// <exception cref="ArgumentException">A verdict is on another candidate, or its objectives or derivatives are of the wrong number or not finite.</exception>
    public void Check(IReadOnlyList<Verdict> verdicts, Candidate? pending, int objectives)
    {
        if (verdicts.Count > 1)
        {
            throw new ArgumentException($"One candidate at most is pending, got {verdicts.Count} verdicts.", nameof(verdicts));
        }

        foreach (Verdict verdict in verdicts)
        {
            if (pending is null || verdict.Candidate != pending)
            {
                throw new ArgumentException($"Candidate {verdict.Candidate.Generation}/{verdict.Candidate.Index} was not asked for, or told before.", nameof(verdicts));
            }

            if (verdict.Objectives is { } values && (values.Count != objectives || !values.All(double.IsFinite)))
            {
                throw new ArgumentException($"{(objectives == 1 ? "One finite objective is" : $"{objectives} finite objectives are")} expected, got [{string.Join(", ", values)}].", nameof(verdicts));
            }

            if (pending.Gradient is not null && verdict.Objectives is not null && (verdict.Gradient?.Count != objectives * Dimension || !verdict.Gradient.All(double.IsFinite)))
            {
                throw new ArgumentException($"A finite derivative {(objectives == 1 ? "" : $"of each of the {objectives} objectives ")}by each of the {Dimension} coefficients is expected.", nameof(verdicts));
            }
        }
    }

    private static IEnumerable<int[]> Groups<T>(SearchSpace space, string strategy)
        where T : SumConstraint
    {
        Dictionary<string, int> indices = space.Coefficients.Index().ToDictionary(one => one.Item.Name, one => one.Index);
        foreach (T constraint in space.Constraints.OfType<T>())
        {
            int[] group = [.. constraint.Names.Select(name => indices[name])];
            yield return space.Parts.OfType<SumPart>().Any(part => part.Indices.Order().SequenceEqual(group.Order()))
                ? group
                : throw new ArgumentException($"{strategy} takes no fixed or tied coefficients in a group with a fixed sum, got [{string.Join(", ", constraint.Names)}].", nameof(space));
        }
    }

    /// <summary>The derivative by what moves, by the chain rule: where sums are fixed, along them; of tied coefficients in each the same; of fixed ones 0.</summary>
    /// <param name="gradient">The derivative by each coefficient at the point.</param>
    public double[] FreeGradient(IReadOnlyList<double> gradient)
    {
        double[] g = [.. gradient];
        double[] point = Coefficients();
        if (_clamp)
        {
            for (int i = 0; i < g.Length; i++)
            {
                g[i] = point[i] == _free[i] ? g[i] : 0;
            }
        }

        foreach (SpaceVariable variable in _tied)
        {
            variable.Assign(variable.Indices.Sum(i => g[i]), g);
        }

        foreach (int[] group in _simplices)
        {
            double mean = group.Sum(i => point[i] * g[i]);
            foreach (int i in group)
            {
                g[i] = point[i] * (g[i] - mean);
            }
        }

        foreach (int[] group in _planes)
        {
            double centre = group.Average(i => g[i]);
            foreach (int i in group)
            {
                g[i] -= centre;
            }
        }

        foreach (int index in _space.Constants.Select(constant => constant.Index))
        {
            g[index] = 0;
        }

        return g;
    }

    private void Project()
    {
        // With Clamp, what Adam moves may leave the bounds; what is used does not.
        for (int part = 0; part < _tied.Length && !_clamp; part++)
        {
            foreach (int i in _tied[part].Indices)
            {
                _free[i] = Math.Clamp(_free[i], _lower[i], _upper[i]);
            }
        }

        foreach ((int index, double value) in _space.Constants)
        {
            _free[index] = value;
        }

        foreach (int[] group in _planes)
        {
            ProjectToSumOne(group);
        }
    }

    // The nearest point of the box whose sum is 1: every coordinate is moved by the same shift and clipped; the shift is found by bisection.
    private void ProjectToSumOne(int[] group)
    {
        double Moved(int i, double shift) => Math.Clamp(_free[i] - shift, _lower[i], _upper[i]);
        double low = group.Min(i => _free[i] - _upper[i]);
        double high = group.Max(i => _free[i] - _lower[i]);
        for (int round = 0; round < 100; round++)
        {
            double middle = (low + high) / 2;
            if (group.Sum(i => Moved(i, middle)) > 1)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        foreach ((int i, double value) in group.Select(i => (i, Moved(i, high))).ToArray())
        {
            _free[i] = value;
        }
    }
}
