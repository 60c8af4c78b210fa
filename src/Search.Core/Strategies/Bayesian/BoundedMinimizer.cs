using System.Numerics.Tensors;

namespace Search.Strategies.Bayesian;

/// <summary>
/// Minimises a smooth function in a box: steps of limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.4) on the coordinates that
/// are not held by a bound, followed by a backtracking search along their projection into the box (Bertsekas 1982).
/// </summary>
internal static class BoundedMinimizer
{
    private const int Memory = 10;
    private const double SufficientDecrease = 1e-4;
    private const int Backtracks = 20;

    /// <summary>A function and its derivatives.</summary>
    /// <param name="point">Where.</param>
    /// <param name="gradient">Receives the derivatives; void when the value is not finite.</param>
    /// <returns>The value.</returns>
    public delegate double Function(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>Moves a point downhill.</summary>
    /// <param name="function">What to minimise.</param>
    /// <param name="point">The start, inside the box; receives the best point found.</param>
    /// <param name="lower">The least value of every coordinate.</param>
    /// <param name="upper">The greatest value of every coordinate.</param>
    /// <param name="evaluations">How often the function may be called at most.</param>
    /// <param name="tolerance">It stops when no free derivative exceeds this, or a step gains less than this fraction of the value.</param>
    /// <returns>The value there; not finite when it is not finite at the start.</returns>
    public static double Minimize(Function function, Span<double> point, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, int evaluations, double tolerance)
    {
        int n = point.Length;
        double[] gradient = new double[n];
        double value = function(point, gradient);
        double[] trial = new double[n];
        double[] trialGradient = new double[n];
        bool[] isFree = new bool[n];
        var steps = new List<(double[] Step, double[] Change)>(Memory);
        int calls = 1;
        while (double.IsFinite(value) && calls < evaluations)
        {
            double slope = 0;
            for (int i = 0; i < n; i++)
            {
                isFree[i] = gradient[i] > 0 ? point[i] > lower[i] : point[i] < upper[i];
                slope = isFree[i] ? Math.Max(slope, Math.Abs(gradient[i])) : slope;
            }

            if (slope <= tolerance)
            {
                break;
            }

            double[] direction = Direction(gradient, isFree, steps);
            double length = steps.Count > 0 ? 1 : Math.Min(1, FirstStep(direction, lower, upper));
            double gained = double.NaN;
            for (int k = 0; k < Backtracks && calls < evaluations; k++, length /= 2)
            {
                double promised = 0;
                for (int i = 0; i < n; i++)
                {
                    trial[i] = Math.Clamp(point[i] + (length * direction[i]), lower[i], upper[i]);
                    promised += gradient[i] * (trial[i] - point[i]);
                }

                double trialValue = function(trial, trialGradient);
                calls++;
                if (trialValue <= value + (SufficientDecrease * promised))
                {
                    gained = value - trialValue;
                    value = trialValue;
                    break;
                }
            }

            if (double.IsNaN(gained))
            {
                if (steps.Count == 0)
                {
                    break;
                }

                steps.Clear(); // the curvature misled it: try the plain gradient once
                continue;
            }

            Remember(steps, point, trial, gradient, trialGradient);
            trial.CopyTo(point);
            trialGradient.CopyTo(gradient, 0);
            if (gained <= tolerance * Math.Max(1, Math.Abs(value)) * 1e-3)
            {
                break;
            }
        }

        return value;
    }

    // A tenth of the box for the coordinate that moves most.
    private static double FirstStep(double[] direction, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        double step = double.PositiveInfinity;
        for (int i = 0; i < direction.Length; i++)
        {
            step = direction[i] == 0 ? step : Math.Min(step, 0.1 * (upper[i] - lower[i]) / Math.Abs(direction[i]));
        }

        return step;
    }

    // The two-loop recursion restricted to the free coordinates.
    private static double[] Direction(double[] gradient, bool[] isFree, List<(double[] Step, double[] Change)> steps)
    {
        double[] direction = Masked(gradient, isFree);
        TensorPrimitives.Negate(direction, direction);
        var used = new List<(double[] Step, double[] Change, double Curvature, double Alpha)>(steps.Count);
        for (int k = steps.Count - 1; k >= 0; k--)
        {
            double[] step = Masked(steps[k].Step, isFree);
            double[] change = Masked(steps[k].Change, isFree);
            double curvature = TensorPrimitives.Dot<double>(step, change);
            if (curvature > 1e-10 * TensorPrimitives.Norm<double>(step) * TensorPrimitives.Norm<double>(change))
            {
                double alpha = TensorPrimitives.Dot<double>(step, direction) / curvature;
                TensorPrimitives.MultiplyAdd(change, -alpha, direction, direction);
                used.Add((step, change, curvature, alpha));
            }
        }

        if (used.Count > 0)
        {
            TensorPrimitives.Multiply(direction, used[0].Curvature / TensorPrimitives.SumOfSquares<double>(used[0].Change), direction);
        }

        for (int k = used.Count - 1; k >= 0; k--)
        {
            double beta = TensorPrimitives.Dot<double>(used[k].Change, direction) / used[k].Curvature;
            TensorPrimitives.MultiplyAdd(used[k].Step, used[k].Alpha - beta, direction, direction);
        }

        return direction;
    }

    private static double[] Masked(double[] vector, bool[] isFree) => [.. vector.Select((value, i) => isFree[i] ? value : 0)];

    private static void Remember(List<(double[] Step, double[] Change)> steps, ReadOnlySpan<double> point, double[] trial, double[] gradient, double[] trialGradient)
    {
        double[] step = new double[trial.Length];
        TensorPrimitives.Subtract(trial, point, step);
        double[] change = new double[trial.Length];
        TensorPrimitives.Subtract(trialGradient, gradient, change);
        if (steps.Count == Memory)
        {
            steps.RemoveAt(0);
        }

        steps.Add((step, change));
    }
}
