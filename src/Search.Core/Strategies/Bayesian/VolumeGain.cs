namespace Search.Strategies.Bayesian;

/// <summary>
/// The logarithm of the expected gain of a front's hypervolume by one more point (Daulton et al. 2021, arXiv:2105.08195, eq. 5): the mean over draws of all
/// objectives, each of which has a front of its own among the known points. The volume is a mean over rays from the reference point, of the length below which
/// they are dominated to the power of the number of objectives (Zhang and Golovin 2020, arXiv:2006.04655, lemma 5), smoothed so that it has a slope
/// everywhere (Ament et al. 2023, arXiv:2310.20708, §4.2).
/// </summary>
internal sealed class VolumeGain : Surface
{
    private const int Rays = 64; // of a draw
    private const double Smoothing = 0.004; // of the objectives' range
    private const double Highest = 600; // smoothing widths: e^±600 is a number
    private const double Counting = 40; // widths below the ray that gains most, beyond which a ray adds nothing
    private const double Floor = 1e-300;
    private const double Margin = 0.1; // of the objectives' range, by which the reference point is beyond the worst values (Ishibuchi et al. 2011)

    private readonly IReadOnlyList<PathDraws> _objectives;
    private readonly double[] _least; // of each objective among all that is known
    private readonly double[] _range;
    private readonly double[][][] _rays; // by draw: unit vectors
    private readonly double[][] _lengths; // by draw and ray
    private readonly int _draws;
    private readonly double _volume; // of what a ray's length to the power m stands for

    /// <summary>Finds the fronts of the draws.</summary>
    /// <param name="objectives">The draws of each objective, as many of each.</param>
    /// <param name="draws">How many.</param>
    /// <param name="seen">Objective vectors, at least one: the reference point is beyond the worst of each objective, so that the ends of a front are worth finding.</param>
    /// <param name="known">The inputs that were observed or are pending; at least one.</param>
    /// <param name="rng">What rays are drawn from.</param>
    public VolumeGain(IReadOnlyList<PathDraws> objectives, int draws, IReadOnlyList<double[]> seen, IReadOnlyList<double[]> known, Rng rng)
    {
        (_objectives, _draws) = (objectives, draws);
        int m = objectives.Count;
        _least = [.. Enumerable.Range(0, m).Select(i => seen.Min(one => one[i]))];
        _range = [.. Enumerable.Range(0, m).Select(i => seen.Max(one => one[i]) - _least[i] is > 0 and var range ? range : 1)];
        _rays = [.. Enumerable.Range(0, draws).Select(_ => Enumerable.Range(0, Rays).Select(_ => Ray(m, rng)).ToArray())];
        _lengths = [.. _rays.Select(rays => new double[rays.Length])];

        // The part of the unit ball whose coordinates are all positive: π^(m/2) / (2^m Γ(m/2 + 1)).
        _volume = Math.Pow(Math.PI, m / 2.0) / (Math.Pow(2, m) * MathNet.Numerics.SpecialFunctions.Gamma((m / 2.0) + 1));
        double[][] values = NewValues();
        double[] below = new double[m];
        foreach (double[] inputs in known)
        {
            Evaluate(inputs, values);
            for (int s = 0; s < draws; s++)
            {
                Below(values, s, below);
                for (int r = 0; r < Rays; r++)
                {
                    _lengths[s][r] = Math.Max(_lengths[s][r], Length(below, _rays[s][r], out _));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> inputs, Span<double> gradient)
    {
        double[][] values = NewValues();
        (double[], double[])[] places = Evaluate(inputs, values);
        double[][] shares = NewValues();
        double gain = Gain(values, shares);
        gradient.Clear();
        for (int m = 0; m < _objectives.Count; m++)
        {
            for (int s = 0; s < _draws; s++)
            {
                shares[m][s] /= gain + Floor;
            }

            _objectives[m].AddGradient(inputs, places[m], shares[m], gradient);
        }

        return Math.Log(gain + Floor);
    }

    /// <inheritdoc/>
    public override double[] Evaluate(IReadOnlyList<double[]> points)
    {
        double[][] values = NewValues();
        return [.. points.Select(point =>
        {
            Evaluate(point, values);
            return Math.Log(Gain(values, null) + Floor);
        })];
    }

    // A direction that is uniform on the positive part of the unit sphere.
    private static double[] Ray(int m, Rng rng)
    {
        double[] ray = [.. Enumerable.Range(0, m).Select(_ => Math.Abs(rng.NextGaussian()) + 1e-9)];
        double length = Math.Sqrt(ray.Sum(x => x * x));
        return [.. ray.Select(x => x / length)];
    }

    // How far along a ray from the reference point what a vector dominates goes, and which objective ends it.
    private static double Length(double[] below, double[] ray, out int limiting)
    {
        double least = double.PositiveInfinity;
        limiting = 0;
        for (int m = 0; m < below.Length; m++)
        {
            double length = below[m] / ray[m];
            if (length < least)
            {
                (least, limiting) = (length, m);
            }
        }

        return least;
    }

    private static double Power(double x, int exponent)
    {
        double power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power *= x;
        }

        return power;
    }

    private double[][] NewValues() => [.. _objectives.Select(_ => new double[_draws])];

    private (double[], double[])[] Evaluate(ReadOnlySpan<double> inputs, double[][] values)
    {
        var places = new (double[], double[])[values.Length];
        for (int m = 0; m < values.Length; m++)
        {
            places[m] = _objectives[m].Evaluate(inputs, values[m]);
        }

        return places;
    }

    // How far a draw's objectives are below the reference point, in units of the objectives' range.
    private void Below(double[][] values, int draw, double[] below)
    {
        for (int m = 0; m < below.Length; m++)
        {
            below[m] = 1 + Margin - ((values[m][draw] - _least[m]) / _range[m]);
        }
    }

    // The mean gain and, where wanted, its derivative by every objective of every draw.
    private double Gain(double[][] values, double[][]? shares)
    {
        int m = values.Length;
        double unit = _volume / (Rays * _draws);
        double[] below = new double[m];
        double[] heights = new double[_draws * Rays];
        int[] limits = new int[heights.Length];
        for (int s = 0; s < _draws; s++)
        {
            Below(values, s, below);
            for (int r = 0; r < Rays; r++)
            {
                int at = (s * Rays) + r;
                heights[at] = Math.Clamp((Length(below, _rays[s][r], out limits[at]) - _lengths[s][r]) / Smoothing, -Highest, Highest);
            }
        }

        double gain = 0;
        double least = Math.Min(0, heights.Max()) - Counting;
        for (int at = 0; at < heights.Length; at++)
        {
            double u = heights[at];
            if (u < least)
            {
                continue;
            }

            (int s, int r) = (at / Rays, at % Rays);
            double known = _lengths[s][r];
            double risen = Math.Exp(u);
            double grown = known + (Smoothing * (u > 30 ? u : Math.Log(1 + risen)));
            double slope = m * Power(grown, m - 1);
            gain += unit * (u < -10 ? slope * Smoothing * risen : Power(grown, m) - Power(known, m)); // of what is far below zero the first term alone has digits
            if (shares is not null)
            {
                shares[limits[at]][s] -= unit * slope * risen / (1 + risen) / (_rays[s][r][limits[at]] * _range[limits[at]]);
            }
        }

        return gain;
    }
}
