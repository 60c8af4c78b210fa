namespace Search.Benchmarks;

/// <summary>
/// A function of as many floats, integers from 0 to 9 and categories of four, least (zero) at one point: every wrong category costs something of its
/// own and, where categories interact, moves the best float beside it.
/// </summary>
internal sealed class MixedFunction
{
    private const int Integers = 10;
    private const int Categories = 4;

    private readonly int _third;
    private readonly bool _interacts;
    private readonly double[] _floats;
    private readonly double[] _integers;
    private readonly double[] _costs; // by category of each axis; one of them is 0
    private readonly double[] _shifts; // likewise

    /// <summary>Draws a function.</summary>
    /// <param name="n">How many coefficients, a multiple of 3.</param>
    /// <param name="seed">Which one.</param>
    /// <param name="interacts">Whether a category moves the best float beside it.</param>
    public MixedFunction(int n, int seed, bool interacts)
    {
        var random = new NumpyRandom((uint)((1000 * n) + seed));
        (_third, _interacts) = (n / 3, interacts);
        _floats = random.Uniforms(_third, 0.3, 0.7);
        _integers = Array.ConvertAll(random.Uniforms(_third, 0, Integers), Math.Floor);
        _costs = random.Uniforms(_third * Categories, 0.05, 0.5);
        foreach ((int axis, double best) in random.Uniforms(_third, 0, Categories).Index())
        {
            _costs[(axis * Categories) + (int)best] = 0;
        }

        _shifts = random.Uniforms(_third * Categories, -0.3, 0.3);
    }

    /// <summary>The coefficients, each starting in the middle of its range.</summary>
    /// <param name="n">How many, a multiple of 3.</param>
    public static IEnumerable<Strategies.Coefficient> Coefficients(int n) => Enumerable.Range(0, n).Select(i => (i / (n / 3)) switch
    {
        0 => new Strategies.Coefficient($"float{i}", 0, 1, 0.5),
        1 => new Strategies.Coefficient($"integer{i}", 0, Integers - 1, Integers / 2) { Kind = Strategies.CoefficientKind.Integer },
        _ => new Strategies.Coefficient($"category{i}", 0, Categories - 1, 0) { Kind = Strategies.CoefficientKind.Categorical },
    });

    /// <summary>The value at a point: floats, then integers, then categories.</summary>
    public double Evaluate(IReadOnlyList<double> x)
    {
        double sum = 0;
        for (int i = 0; i < _third; i++)
        {
            int category = (i * Categories) + (int)x[(2 * _third) + i];
            double away = x[i] - _floats[i] - (_interacts && _costs[category] > 0 ? _shifts[category] : 0);
            double steps = (x[_third + i] - _integers[i]) / (Integers - 1);
            sum += (4 * away * away) + (steps * steps) + _costs[category];
        }

        return sum / _third;
    }
}
