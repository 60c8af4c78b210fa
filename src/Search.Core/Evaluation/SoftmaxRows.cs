using System.Numerics.Tensors;

namespace Search.Evaluation;

/// <summary>
/// Softmax of rows of logits x at temperature T: with z = (x − max x) / T and S = Σ exp z, p = exp z / S and log p = z − log S. No term
/// overflows, and S ≥ 1. Memory is kept between uses.
/// </summary>
internal sealed class SoftmaxRows
{
    private double[] _shifted = [];
    private double[] _exponentials = [];
    private double[] _sums = [];
    private int _classes;

    /// <summary>Computes rows.</summary>
    /// <param name="logits">rows × classes elements, row-major.</param>
    /// <param name="classes">How many classes a row has.</param>
    /// <param name="temperature">The temperature, positive.</param>
    public void Set(ReadOnlySpan<float> logits, int classes, double temperature)
    {
        int rows = logits.Length / classes;
        if (_shifted.Length < logits.Length)
        {
            _shifted = new double[logits.Length];
            _exponentials = new double[logits.Length];
        }

        if (_sums.Length < rows)
        {
            _sums = new double[rows];
        }

        _classes = classes;
        Span<double> shifted = _shifted.AsSpan(0, logits.Length);
        Span<double> exponentials = _exponentials.AsSpan(0, logits.Length);
        TensorPrimitives.ConvertChecked<float, double>(logits, shifted);
        for (int row = 0; row < rows; row++)
        {
            Span<double> z = shifted.Slice(row * classes, classes);
            TensorPrimitives.Subtract(z, TensorPrimitives.Max<double>(z), z);
        }

        if (temperature != 1)
        {
            TensorPrimitives.Divide(shifted, temperature, shifted);
        }

        TensorPrimitives.Exp<double>(shifted, exponentials);
        for (int row = 0; row < rows; row++)
        {
            _sums[row] = TensorPrimitives.Sum<double>(exponentials.Slice(row * classes, classes));
        }
    }

    /// <summary>−Σ p log p of a row: log S − Σ z exp z / S, both parts of which are ≥ 0.</summary>
    /// <param name="row">The row.</param>
    public double Entropy(int row) => Math.Log(_sums[row]) - (TensorPrimitives.Dot(Shifted(row), Exponentials(row)) / _sums[row]);

    /// <summary>log p of a class.</summary>
    /// <param name="row">The row.</param>
    /// <param name="index">The class.</param>
    public double LogProbability(int row, int index) => Shifted(row)[index] - Math.Log(_sums[row]);

    /// <summary>Adds p of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="target">One element a class.</param>
    public void AddProbabilities(int row, Span<double> target) => TensorPrimitives.MultiplyAdd(Exponentials(row), 1 / _sums[row], target, target);

    /// <summary>KL(p ‖ q) = Σ p (log p − log q) of a row, never below 0.</summary>
    /// <param name="row">The row.</param>
    /// <param name="other">q, as many rows and classes.</param>
    public double Divergence(int row, SoftmaxRows other)
    {
        ReadOnlySpan<double> p = Exponentials(row);
        double sum = TensorPrimitives.Dot(p, Shifted(row)) - TensorPrimitives.Dot(p, other.Shifted(row));
        return Math.Max(0, (sum / _sums[row]) - Math.Log(_sums[row]) + Math.Log(other._sums[row]));
    }

    private ReadOnlySpan<double> Shifted(int row) => _shifted.AsSpan(row * _classes, _classes);

    private ReadOnlySpan<double> Exponentials(int row) => _exponentials.AsSpan(row * _classes, _classes);
}
