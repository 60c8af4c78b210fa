using System.Numerics.Tensors;
using static Search.Benchmarks.BbobInstance;
using static Search.Benchmarks.BbobTransforms;

namespace Search.Benchmarks;

/// <summary>
/// BBOB's noiseless functions (Finck, Hansen, Ros and Auger 2009), each as f(x) − f_opt. Vectors are rows: the paper's R·v is v·R here.
/// An instance may be shared by threads.
/// </summary>
public sealed class BbobFunction
{
    /// <summary>How many functions there are, numbered from 1.</summary>
    public const int Count = 24;

    private readonly int _n;
    private readonly int _seed;
    private readonly Func<double[], double> _excess;

    /// <summary>Generates an instance.</summary>
    /// <param name="id">The function, 1 to 24.</param>
    /// <param name="instance">The instance, from 1.</param>
    /// <param name="dimension">How many variables; at least 2.</param>
    public BbobFunction(int id, int instance, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 2);
        _n = dimension;
        _seed = Seed(id, instance);
        Optimum = BbobInstance.Optimum(_n, _seed);
        OptimalValue = BbobInstance.OptimalValue(_seed);
        _excess = id switch
        {
            1 => Sphere(),
            2 => Ellipsoid(),
            3 => Rastrigin(),
            4 => BuecheRastrigin(),
            5 => LinearSlope(),
            6 => AttractiveSector(),
            7 => StepEllipsoid(),
            8 => Rosenbrock(),
            9 => RotatedRosenbrock(),
            10 => RotatedEllipsoid(),
            11 => Discus(),
            12 => BentCigar(),
            13 => SharpRidge(),
            14 => DifferentPowers(),
            15 => RotatedRastrigin(),
            16 => Weierstrass(),
            17 => Schaffers(10),
            18 => Schaffers(1000),
            19 => GriewankRosenbrock(),
            20 => Schwefel(),
            21 => Gallagher(101, Math.Sqrt(1000), 10),
            22 => Gallagher(21, 1000, 9.8),
            23 => Katsuura(),
            24 => Lunacek(),
            _ => throw new ArgumentOutOfRangeException(nameof(id), id, "must be 1 to 24"),
        };
    }

    /// <summary>Where the function is least (for the linear slope, the nearest such point of the domain [−5, 5]ⁿ).</summary>
    public IReadOnlyList<double> Optimum { get; private set; }

    /// <summary>f_opt, which <see cref="Excess"/> leaves out.</summary>
    public double OptimalValue { get; }

    /// <summary>f(x) − f_opt.</summary>
    /// <param name="x">One number a variable.</param>
    public double Excess(IReadOnlyList<double> x) => _excess([.. x]);

    private Func<double[], double> Sphere() => x => TensorPrimitives.SumOfSquares<double>(Shifted(x));

    private Func<double[], double> Ellipsoid()
    {
        double[] scales = Powers(1e6);
        return x => WeightedSquares(Oscillated(Shifted(x)), scales);
    }

    private Func<double[], double> Rastrigin()
    {
        double[] scales = Powers(Math.Sqrt(10));
        return x =>
        {
            double[] z = Asymmetric(Oscillated(Shifted(x)), 0.2);
            TensorPrimitives.Multiply(z, scales, z);
            return Ripples(z);
        };
    }

    private Func<double[], double> BuecheRastrigin()
    {
        double[] scales = Powers(Math.Sqrt(10));
        Optimum = [.. Optimum.Select((v, i) => i % 2 == 0 ? Math.Abs(v) : v)];
        return x =>
        {
            double[] z = Oscillated(Shifted(x));
            for (int i = 0; i < _n; i++)
            {
                z[i] *= i % 2 == 0 && z[i] > 0 ? 10 * scales[i] : scales[i];
            }

            return Ripples(z) + (100 * Outside(x, 5));
        };
    }

    private Func<double[], double> LinearSlope()
    {
        double[] optimum = [.. Optimum.Select(v => 5.0 * Math.Sign(v))];
        double[] slope = [.. Powers(10).Select((v, i) => -Math.Sign(optimum[i]) * v)];
        double offset = 5 * slope.Sum(Math.Abs);
        Optimum = optimum;

        // Beyond the optimum the slope goes on level.
        return x => offset + x.Select((v, i) => slope[i] * (v * optimum[i] > 25 ? optimum[i] : v)).Sum();
    }

    private Func<double[], double> AttractiveSector()
    {
        double[][] map = Map(Powers(Math.Sqrt(10)), Rotation(_n, _seed + 1_000_000));
        return x =>
        {
            double[] z = Product(Shifted(x), map);
            for (int i = 0; i < _n; i++)
            {
                z[i] *= z[i] * Optimum[i] > 0 ? 100 : 1;
            }

            return Math.Pow(Oscillate(TensorPrimitives.SumOfSquares<double>(z)), 0.9);
        };
    }

    private Func<double[], double> StepEllipsoid()
    {
        double[][] stretch = Map(Powers(Math.Sqrt(10)));
        double[][] rotation = Columns(Rotation(_n, _seed + 1_000_000));
        double[] scales = Powers(100);
        return x =>
        {
            double[] z = Product(Shifted(x), stretch);
            double first = Math.Abs(z[0]);
            for (int i = 0; i < _n; i++)
            {
                z[i] = Math.Abs(z[i]) > 0.5 ? Math.Floor(z[i] + 0.5) : Math.Floor((10 * z[i]) + 0.5) / 10;
            }

            return (0.1 * Math.Max(1e-4 * first, WeightedSquares(Product(z, rotation), scales))) + Outside(x, 5);
        };
    }

    private Func<double[], double> Rosenbrock()
    {
        double scale = Math.Max(1, Math.Sqrt(_n) / 8);
        Optimum = [.. Optimum.Select(v => 0.75 * v)];
        return x => Valley([.. Shifted(x).Select(v => (scale * v) + 1)]);
    }

    private Func<double[], double> RotatedRosenbrock()
    {
        double[][] map = CentredRotation();
        return x => Valley([.. Product(x, map).Select(v => v + 0.5)]);
    }

    private Func<double[], double> RotatedEllipsoid()
    {
        double[][] rotation = Columns(Rotation(_n, _seed + 1_000_000));
        double[] scales = Powers(1e6);
        return x => WeightedSquares(Oscillated(Product(Shifted(x), rotation)), scales);
    }

    private Func<double[], double> Discus()
    {
        double[][] rotation = Columns(Rotation(_n, _seed + 1_000_000));
        return x =>
        {
            double[] z = Oscillated(Product(Shifted(x), rotation));
            return TensorPrimitives.SumOfSquares<double>(z) + ((1e6 - 1) * z[0] * z[0]);
        };
    }

    private Func<double[], double> BentCigar()
    {
        double[][] rotation = Columns(Rotation(_n, _seed + 1_000_000));
        Optimum = BbobInstance.Optimum(_n, _seed + 1_000_000);
        return x =>
        {
            double[] z = Product(Asymmetric(Product(Shifted(x), rotation), 0.5), rotation);
            return (1e6 * TensorPrimitives.SumOfSquares<double>(z.AsSpan(1))) + (z[0] * z[0]);
        };
    }

    private Func<double[], double> SharpRidge()
    {
        double[][] map = Map(Powers(Math.Sqrt(10)), Rotation(_n, _seed + 1_000_000));
        return x =>
        {
            double[] z = Product(Shifted(x), map);
            return (z[0] * z[0]) + (100 * TensorPrimitives.Norm<double>(z.AsSpan(1)));
        };
    }

    private Func<double[], double> DifferentPowers()
    {
        double[][] rotation = Columns(Rotation(_n, _seed + 1_000_000));
        return x => Math.Sqrt(Product(Shifted(x), rotation).Select((v, i) => Math.Pow(Math.Abs(v), 2 + (4.0 * i / (_n - 1)))).Sum());
    }

    private Func<double[], double> RotatedRastrigin()
    {
        double[][] rotation = Columns(Rotation(_n, _seed + 1_000_000));
        double[][] map = Map(Powers(Math.Sqrt(10)), Rotation(_n, _seed + 1_000_000));
        return x => Ripples(Product(Asymmetric(Oscillated(Product(Shifted(x), rotation)), 0.2), map));
    }

    private Func<double[], double> Weierstrass()
    {
        double[][] rotation = Columns(Rotation(_n, _seed + 1_000_000));
        double[][] map = Map(Powers(0.1), Rotation(_n, _seed + 1_000_000));
        double[] amplitudes = [.. Enumerable.Range(0, 12).Select(k => Math.Pow(0.5, k))];
        double[] frequencies = [.. Enumerable.Range(0, 12).Select(k => Math.Pow(3, k))];
        double Wave(double v) => amplitudes.Zip(frequencies, (a, b) => a * Math.Cos(2 * Math.PI * b * (v + 0.5))).Sum();
        double least = Wave(0);
        return x =>
        {
            double[] z = Product(Oscillated(Product(Shifted(x), rotation)), map);
            return (10 * Math.Pow((z.Sum(Wave) / _n) - least, 3)) + (10.0 / _n * Outside(x, 5));
        };
    }

    private Func<double[], double> Schaffers(double condition)
    {
        double[][] rotation = Columns(Rotation(_n, _seed + 1_000_000));
        double[][] map = Map(Powers(Math.Sqrt(condition)));
        return x =>
        {
            double[] z = Product(Asymmetric(Product(Shifted(x), rotation), 0.5), map);
            double sum = 0;
            for (int i = 0; i < _n - 1; i++)
            {
                double s = (z[i] * z[i]) + (z[i + 1] * z[i + 1]);
                double sine = Math.Sin(50 * Math.Pow(s, 0.1));
                sum += Math.Pow(s, 0.25) * ((sine * sine) + 1);
            }

            return (sum / (_n - 1) * sum / (_n - 1)) + (10 * Outside(x, 5));
        };
    }

    private Func<double[], double> GriewankRosenbrock()
    {
        double[][] map = CentredRotation();
        return x =>
        {
            double[] z = [.. Product(x, map).Select(v => v + 0.5)];
            double sum = 0;
            for (int i = 0; i < _n - 1; i++)
            {
                double s = ValleyTerm(z[i], z[i + 1]);
                sum += (s / 4000) - Math.Cos(s);
            }

            return 10 + (10 * sum / (_n - 1));
        };
    }

    private Func<double[], double> Schwefel()
    {
        double[] signs = [.. Uniform(_n, _seed).Select(u => u < 0.5 ? -1.0 : 1)];
        double[] scales = Powers(Math.Sqrt(10));
        const double twice = 4.2096874633; // 2|x_opt|
        Optimum = [.. signs.Select(sign => sign * twice / 2)];
        return x =>
        {
            double[] z = new double[_n];
            double sum = 0;
            for (int i = 0; i < _n; i++)
            {
                double coupled = (2 * signs[i] * x[i]) + (i == 0 ? 0 : 0.25 * ((2 * signs[i - 1] * x[i - 1]) - twice));
                z[i] = 100 * ((scales[i] * (coupled - twice)) + twice);
                sum += z[i] * Math.Sin(Math.Sqrt(Math.Abs(z[i])));
            }

            return (0.01 * (418.9828872724339 - (sum / _n))) + (0.01 * Outside(z, 500));
        };
    }

    private Func<double[], double> Gallagher(int peaks, double firstCondition, double range)
    {
        double[][] rows = Rotation(_n, _seed);
        double[][] rotation = Columns(rows);
        double[] heights = [10, .. Enumerable.Range(0, peaks - 1).Select(k => 1.1 + (8.0 * k / (peaks - 2)))];
        int[] order = Order(Uniform(peaks - 1, _seed));
        double[] conditions = [firstCondition, .. order.Select(k => Math.Pow(1000, (double)k / (peaks - 2)))];
        double[][] scales = [.. conditions.Select((condition, k) =>
            Order(Uniform(_n, _seed + (1000 * k))).Select(i => Math.Pow(condition, ((double)i / (_n - 1)) - 0.5)).ToArray())];
        double[] places = Uniform(_n * peaks, _seed);
        double[][] centres = [.. Enumerable.Range(0, peaks).Select(k =>
            Product([.. places.Skip(k * _n).Take(_n).Select(u => ((range * u) - (range / 2)) * (k == 0 ? 0.8 : 1))], rotation))];
        Optimum = Product(centres[0], rows);
        return x =>
        {
            double[] z = Product(x, rotation);
            double highest = 0;
            for (int k = 0; k < peaks; k++)
            {
                double distance = 0;
                for (int i = 0; i < _n; i++)
                {
                    double d = z[i] - centres[k][i];
                    distance += scales[k][i] * d * d;
                }

                highest = Math.Max(highest, heights[k] * Math.Exp(-distance / (2 * _n)));
            }

            double depth = Oscillate(10 - highest);
            return (depth * depth) + Outside(x, 5);
        };
    }

    private Func<double[], double> Katsuura()
    {
        double[][] map = Map(Powers(10), Rotation(_n, _seed + 1_000_000));
        double factor = 10.0 / _n / _n;
        double exponent = 10 / Math.Pow(_n, 1.2);
        return x =>
        {
            double[] z = Product(Shifted(x), map);
            double product = 1;
            for (int i = 0; i < _n; i++)
            {
                double sum = 0;
                for (int k = 1; k <= 32; k++)
                {
                    double scaled = Math.ScaleB(z[i], k);
                    sum += Math.ScaleB(Math.Abs(scaled - Math.Floor(scaled + 0.5)), -k);
                }

                product *= Math.Pow(1 + ((i + 1) * sum), exponent);
            }

            return (factor * product) - factor + Outside(x, 5);
        };
    }

    private Func<double[], double> Lunacek()
    {
        const double first = 2.5;
        double depth = 1 - (1 / ((2 * Math.Sqrt(_n + 20)) - 8.2));
        double second = -Math.Sqrt(((first * first) - 1) / depth);
        double[] signs = [.. Gaussian(_n, _seed).Select(g => (double)Math.Sign(g))];
        double[][] map = Map(Powers(10), Rotation(_n, _seed + 1_000_000));
        Optimum = [.. signs.Select(sign => sign * first / 2)];
        return x =>
        {
            double[] mirrored = [.. x.Select((v, i) => 2 * signs[i] * v)];
            double near = mirrored.Sum(v => (v - first) * (v - first));
            double far = _n + (depth * mirrored.Sum(v => (v - second) * (v - second)));
            double[] z = Product([.. mirrored.Select(v => v - first)], map);
            return Math.Min(near, far) + (10 * (_n - z.Sum(v => Math.Cos(2 * Math.PI * v)))) + (1e4 * Outside(x, 5));
        };
    }

    private double[] Shifted(double[] x) => [.. x.Select((v, i) => v - Optimum[i])];

    // baseᶦ⁄⁽ⁿ⁻¹⁾
    private double[] Powers(double number) => [.. Enumerable.Range(0, _n).Select(i => Math.Pow(number, (double)i / (_n - 1)))];

    // The columns of Q·diag(scales), or of Q·diag(scales)·R.
    private double[][] Map(double[] scales, double[][]? last = null)
    {
        double[][] scaled = Array.ConvertAll(Rotation(_n, _seed), row => row.Zip(scales, (a, b) => a * b).ToArray());
        double[][] columns = Columns(scaled);
        return last is null ? columns : Columns(Array.ConvertAll(scaled, row => Product(row, Columns(last))));
    }

    // max(1, √n/8)·Q, whose optimum is where z = x·map + ½ is 1.
    private double[][] CentredRotation()
    {
        double scale = Math.Max(1, Math.Sqrt(_n) / 8);
        double[][] rows = Rotation(_n, _seed);
        Optimum = [.. rows.Select(row => row.Sum() / (2 * scale))];
        return Columns(Array.ConvertAll(rows, row => Array.ConvertAll(row, v => scale * v)));
    }
}
