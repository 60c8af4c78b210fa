using Search.LinearAlgebra;

namespace Search.Strategies.Fronts;

/// <summary>
/// An objective as a link of a quadratic form, g(Σ aᵢⱼ xᵢ xⱼ + Σ bᵢ xᵢ + e) (Li et al. 2024, arXiv:2406.07529, eq. 4). It is fitted by ridge
/// regression on the form's side of the link, weighted by the link's slope, then by Levenberg–Marquardt steps on the values' side. The ridge
/// is the one of the greatest evidence, and none where the data do not speak against none; with fewer points than coefficients the least coefficients are taken.
/// </summary>
internal sealed class QuadraticSurface
{
    private const int Decades = 14; // of ridges, down from ten times the greatest eigenvalue
    private const double Rounding = 1e-12; // of the greatest eigenvalue
    private const double Doubt = 4; // twice the logarithm of the evidence ratio that speaks against fitting everything
    private const int Steps = 50; // of Levenberg–Marquardt
    private const double MeanSquare = 1.0 / 3; // of a number that is uniform on [−1, 1]

    private readonly ResponseLink _link;
    private readonly bool _isFull;
    private readonly double _offset;
    private readonly double _scale;
    private readonly double[] _coefficients;

    private QuadraticSurface(ResponseLink link, bool isFull, (double Offset, double Scale) frame, double[] coefficients, double? determination)
    {
        (_link, _isFull, (_offset, _scale), _coefficients, Determination) = (link, isFull, frame, coefficients, determination);
    }

    /// <summary>The link's name.</summary>
    public string Link => _link.Name;

    /// <summary>R² of values that are predicted each from all others; at most 1. Null where it cannot be known: no more points than coefficients, and no ridge.</summary>
    public double? Determination { get; }

    /// <summary>How many coefficients a form of n numbers has.</summary>
    /// <param name="n">How many numbers.</param>
    /// <param name="isFull">Whether it has products of different numbers.</param>
    public static int Count(int n, bool isFull) => isFull ? (n + 1) * (n + 2) / 2 : (2 * n) + 1;

    /// <summary>Fits a surface; of several links that with the greatest <see cref="Determination"/>, or the first that meets all values.</summary>
    /// <param name="points">Numbers in [0, 1]; at least two points.</param>
    /// <param name="values">A value a point, finite.</param>
    /// <param name="weights">How much each counts; positive.</param>
    /// <param name="isFull">Whether the form has products of different numbers.</param>
    /// <param name="link">The link's name, or <c>auto</c>.</param>
    public static QuadraticSurface Fit(IReadOnlyList<double[]> points, IReadOnlyList<double> values, IReadOnlyList<double> weights, bool isFull, string link)
    {
        double[][] rows = [.. points.Select(point => Features(point, isFull))];
        double[] roots = [.. weights.Select(Math.Sqrt)];
        return ResponseLink.For(link, values).Select(one => Fit(rows, values, roots, isFull, one)).MaxBy(surface => surface.Determination ?? 1)!;
    }

    /// <summary>The surface's height at a point.</summary>
    /// <param name="point">Numbers in [0, 1].</param>
    public double Height(ReadOnlySpan<double> point)
    {
        double form = _coefficients[0];
        int next = 1;
        for (int i = 0; i < point.Length; i++)
        {
            double u = Centred(point[i]);
            double inner = _coefficients[next++];
            for (int j = _isFull ? 0 : i; j <= i; j++)
            {
                inner += _coefficients[next++] * Centred(point[j]);
            }

            form += (inner * u) - (_coefficients[next - 1] * MeanSquare);
        }

        return _offset + (_scale * _link.Value(form));
    }

    // 1, and for every number uᵢ its products with 1 and with u₀ to uᵢ, in the order of Height. Squares less their mean leave the constant to be the values' mean.
    private static double[] Features(double[] point, bool isFull)
    {
        double[] features = new double[Count(point.Length, isFull)];
        features[0] = 1;
        int next = 1;
        for (int i = 0; i < point.Length; i++)
        {
            double u = Centred(point[i]);
            features[next++] = u;
            for (int j = isFull ? 0 : i; j <= i; j++)
            {
                features[next++] = u * Centred(point[j]);
            }

            features[next - 1] -= MeanSquare;
        }

        return features;
    }

    private static double Centred(double x) => (2 * x) - 1;

    private static QuadraticSurface Fit(double[][] rows, IReadOnlyList<double> values, double[] roots, bool isFull, ResponseLink link)
    {
        if (values.All(value => value == values[0]))
        {
            return new QuadraticSurface(link, isFull, (values[0], 0), new double[rows[0].Length], null);
        }

        (double Offset, double Scale) frame = link.Frame(values);
        double[] targets = [.. values.Select(value => (value - frame.Offset) / frame.Scale)];
        double[] forms = [.. targets.Select(link.Inverse)];
        double[] slopes = [.. forms.Zip(roots, (z, root) => link.Slope(z) * root)];
        double mean = forms.Zip(slopes, (z, w) => z * w * w).Sum() / slopes.Sum(w => w * w);
        double[] prior = [mean, .. new double[rows[0].Length - 1]];
        (double[] coefficients, double ridge) = Regress(
            [.. rows.Zip(slopes, (row, slope) => row.Select(x => x * slope).ToArray())], [.. forms.Zip(slopes, (z, slope) => (z - mean) * slope)]);
        coefficients[0] += mean;
        Refine(rows, targets, roots, coefficients, prior, ridge, link);
        return new QuadraticSurface(link, isFull, frame, coefficients, Determine(rows, targets, roots, coefficients, ridge, link));
    }

    // min ‖b − A β‖² + λ ‖β‖² with λ of the greatest evidence (MacKay 1992, doi:10.1162/neco.1992.4.3.415): b ~ N(0, s²(A Aᵀ + λ I)), s² at its best.
    private static (double[] Coefficients, double Ridge) Regress(double[][] rows, double[] right)
    {
        int count = rows[0].Length;
        var eigen = new SymmetricEigen(count);
        double[] gram = new double[count * eigen.Stride];
        double[] moment = new double[count];
        foreach ((double[] row, double b) in rows.Zip(right))
        {
            AddOuter(gram, eigen.Stride, row);
            VectorKernels.AddScaled(b, row, moment);
        }

        eigen.TryDecompose(gram);
        double greatest = eigen.Values.Max();
        int[] real = [.. Enumerable.Range(0, count).Where(k => eigen.Values[k] > Rounding * greatest)];
        double[] shares = [.. real.Select(k => VectorKernels.Dot(moment, eigen.Vectors.AsSpan(k * eigen.Stride, count)))];
        double[] Solve(double ridge)
        {
            double[] solution = new double[count];
            for (int k = 0; k < real.Length; k++)
            {
                VectorKernels.AddScaled(shares[k] / (eigen.Values[real[k]] + ridge), eigen.Vectors.AsSpan(real[k] * eigen.Stride, count), solution);
            }

            return solution;
        }

        double[] free = Solve(0);
        double square = VectorKernels.Dot(right, right);
        double rest = Math.Max(rows.Zip(right, (row, b) => b - VectorKernels.Dot(row, free)).Sum(r => r * r), 1e-28 * square);
        double Cost(double ridge)
        {
            double fit = rest / ridge;
            double volume = right.Length * Math.Log(ridge);
            for (int k = 0; k < real.Length; k++)
            {
                double d = eigen.Values[real[k]];
                fit += shares[k] * shares[k] / (d * (d + ridge));
                volume += Math.Log(1 + (d / ridge));
            }

            return (right.Length * Math.Log(fit / right.Length)) + volume;
        }

        double[] ridges = [.. Enumerable.Range(0, Decades).Select(k => greatest * Math.Pow(10, 1 - k))];
        double[] costs = [.. ridges.Select(Cost)];
        double chosen = costs[^1] <= costs.Min() + Doubt ? 0 : ridges[Array.IndexOf(costs, costs.Min())];
        return (Solve(chosen), chosen);
    }

    // min Σ wᵢ (g(φᵢᵀβ) − yᵢ)² + λ ‖β − β₀‖² (Marquardt 1963, doi:10.1137/0111030).
    private static void Refine(double[][] rows, double[] targets, double[] roots, double[] coefficients, double[] prior, double ridge, ResponseLink link)
    {
        int count = coefficients.Length;
        double Cost(double[] at) => rows.Zip(targets, (row, y) => link.Value(VectorKernels.Dot(row, at)) - y).Zip(roots, (r, root) => r * r * root * root).Sum() + (ridge * at.Zip(prior, (x, p) => (x - p) * (x - p)).Sum());
        double cost = Cost(coefficients);
        double damping = 1e-3;
        for (int step = 0; step < Steps && damping < 1e8 && cost > 0; step++)
        {
            double[] normal = Normal(rows, roots, coefficients, link, out double[] slopes);
            double unit = Enumerable.Range(0, count).Max(k => normal[(k * count) + k]);
            double[] direction = [.. coefficients.Zip(prior, (x, p) => ridge * (p - x))];
            for (int i = 0; i < rows.Length; i++)
            {
                VectorKernels.AddScaled((targets[i] - link.Value(VectorKernels.Dot(rows[i], coefficients))) * roots[i] * slopes[i], rows[i], direction);
            }

            if (Factored(normal, count, ridge + (damping * unit)) is not { } factor)
            {
                damping = Math.Max(damping, 1e-12) * 10;
                continue;
            }

            factor.SolveLower(direction);
            factor.SolveUpper(direction);
            double[] trial = [.. coefficients.Zip(direction, (x, d) => x + d)];
            double reached = Cost(trial);
            if (!(reached < cost))
            {
                damping *= 10;
                continue;
            }

            bool isDone = reached > (1 - 1e-9) * cost;
            (cost, damping) = (reached, damping / 100);
            trial.CopyTo(coefficients, 0);
            if (isDone)
            {
                break;
            }
        }
    }

    // 1 − Σ wᵢ (rᵢ/(1 − hᵢ))² / Σ wᵢ (yᵢ − ȳ₋ᵢ)², with hᵢ of the regression that the fit is near its end (Allen 1974, doi:10.1080/00401706.1974.10489157).
    private static double? Determine(double[][] rows, double[] targets, double[] roots, double[] coefficients, double ridge, ResponseLink link)
    {
        int n = rows.Length;
        int count = coefficients.Length;
        if (ridge == 0 && n <= count)
        {
            return null;
        }

        double[] normal = Normal(rows, roots, coefficients, link, out double[] slopes);
        double unit = Enumerable.Range(0, count).Max(k => normal[(k * count) + k]);
        if (Factored(normal, count, ridge + (1e-14 * unit)) is not { } factor)
        {
            return null;
        }

        double off = 0;
        for (int i = 0; i < n; i++)
        {
            double[] whitened = [.. rows[i].Select(x => x * slopes[i])];
            factor.SolveLower(whitened);
            double leverage = VectorKernels.Dot(whitened, whitened);
            double residual = (targets[i] - link.Value(VectorKernels.Dot(rows[i], coefficients))) / Math.Max(1 - leverage, 1e-9);
            off += residual * residual * roots[i] * roots[i];
        }

        double total = roots.Sum(root => root * root);
        double mean = targets.Zip(roots, (y, root) => y * root * root).Sum() / total;
        double all = targets.Zip(roots, (y, root) => (y - mean) * (y - mean) * root * root / Math.Pow(1 - (root * root / total), 2)).Sum();
        return 1 - (off / all);
    }

    // JᵀJ, its lower triangle, with J's rows the features times the link's slopes.
    private static double[] Normal(double[][] rows, double[] roots, double[] coefficients, ResponseLink link, out double[] slopes)
    {
        int count = coefficients.Length;
        double[] normal = new double[count * count];
        slopes = [.. rows.Zip(roots, (row, root) => link.Slope(VectorKernels.Dot(row, coefficients)) * root)];
        foreach ((double[] row, double slope) in rows.Zip(slopes))
        {
            AddOuter(normal, count, [.. row.Select(x => x * slope)]);
        }

        return normal;
    }

    private static void AddOuter(double[] matrix, int stride, double[] row)
    {
        for (int k = 0; k < row.Length; k++)
        {
            VectorKernels.AddScaled(row[k], row.AsSpan(0, k + 1), matrix.AsSpan(k * stride, k + 1));
        }
    }

    private static Cholesky? Factored(double[] normal, int count, double added)
    {
        double[] matrix = [.. normal];
        for (int k = 0; k < count; k++)
        {
            matrix[(k * count) + k] += added;
        }

        var factor = new Cholesky();
        return factor.TryFactor(matrix, count) ? factor : null;
    }
}
