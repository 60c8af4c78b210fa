using Search.LinearAlgebra;

namespace Search.Strategies.CmaEs;

/// <summary>
/// VkD-CMA-ES (Akimoto and Hansen 2016, GECCO and PPSN): C = D (I + Vᵀ S V) D with k orthonormal directions V, of which there are as
/// many as the objective turns out to need. The cost of a candidate is linear in the number of coordinates.
/// </summary>
internal sealed class VkdCmaEsRun : EvolutionRun
{
    private const double StepSmoothing = 0.3; // c_s
    private const double LongAxis = 30; // 1 + S of a direction worth keeping

    private readonly double[] _path; // in the units of x / σ
    private readonly double[] _move; // the mean's last move in z, for the first two points
    private readonly double[] _sum;
    private readonly ChangeRate _sigmaRate;
    private readonly ChangeRate _diagonalRate;
    private ChangeRate _lengthRate;
    private double[] _weights = [];
    private double[] _directions = []; // V, a row a direction
    private double[] _lengths = []; // S, descending
    private double[] _parts = []; // U, a row a part
    private double[] _gram = [];
    private double[] _products = [];
    private double _muEff;
    private double _trend; // s
    private bool _hasMoved;
    private int _sinceChange;
    private int _sinceSettled = int.MaxValue / 2;

    /// <summary>Starts a run.</summary>
    /// <param name="start">Where; a covariance is not used.</param>
    /// <param name="lambda">Points a generation; at least 2.</param>
    public VkdCmaEsRun(RunStart start, int lambda)
        : base(start, lambda)
    {
        _path = new double[Stride];
        _move = new double[Stride];
        _sum = new double[Stride];
        _sigmaRate = new ChangeRate(1, Dimension / 5.0);
        _diagonalRate = new ChangeRate(Dimension, 0.7 * Dimension);
        _lengthRate = new ChangeRate(0, Dimension);
        DeriveConstants();
    }

    /// <summary>k: how many directions there are.</summary>
    public int Directions => _lengths.Length;

    /// <inheritdoc/>
    protected override double Variance(int j)
    {
        double sum = 1;
        for (int i = 0; i < Directions; i++)
        {
            double element = _directions[(i * Stride) + j];
            sum += _lengths[i] * element * element;
        }

        return sum;
    }

    /// <inheritdoc/>
    protected override void DeriveConstants()
    {
        CmaEsConstants constants = CmaEsConstants.Full(Dimension, Lambda);
        _weights = constants.Weights[..constants.Mu];
        _muEff = constants.MuEff;
        Reserve();
    }

    /// <inheritdoc/>
    protected override void DrawNormals(long seed, long generation)
    {
        base.DrawNormals(seed, generation);
        if (!_hasMoved)
        {
            return;
        }

        // Two-point adaptation: the first two points lie on either side of the mean, in the direction it has just moved.
        Span<double> first = Normals.AsSpan(0, Stride);
        double scale = Math.Sqrt(VectorKernels.Dot(first, first) / VectorKernels.Dot(_move, _move));
        for (int j = 0; j < Dimension; j++)
        {
            Normals[j] = scale * _move[j];
            Normals[Stride + j] = -Normals[j];
        }
    }

    /// <inheritdoc/>
    protected override void Transform()
    {
        Normals.CopyTo(Steps, 0);
        if (Directions == 0)
        {
            return;
        }

        MatrixKernels.MultiplyTransposed(Normals, Lambda, _directions, Directions, Dimension, Stride, _products);
        for (int k = 0; k < Lambda; k++)
        {
            for (int i = 0; i < Directions; i++)
            {
                double stretch = (Math.Sqrt(1 + _lengths[i]) - 1) * _products[(k * Stride) + i];
                VectorKernels.AddScaled(stretch, _directions.AsSpan(i * Stride, Stride), Steps.AsSpan(k * Stride, Stride));
            }
        }
    }

    /// <inheritdoc/>
    protected override void InvertTransform(Span<double> step)
    {
        for (int i = 0; i < Directions; i++)
        {
            ReadOnlySpan<double> direction = _directions.AsSpan(i * Stride, Stride);
            VectorKernels.AddScaled(((1 / Math.Sqrt(1 + _lengths[i])) - 1) * VectorKernels.Dot(direction, step), direction, step);
        }
    }

    /// <inheritdoc/>
    protected override void Adapt()
    {
        int k = Directions;
        int n = Dimension;
        double freedom = n * (k + 1.0);
        double rankOne = 2 / (freedom + n + (2 * (k + 2)) + _muEff);
        double cumulation = Math.Sqrt(rankOne);
        double rankMu = Math.Min(1 - rankOne, 2 * (_muEff - 2 + (1 / _muEff)) / (freedom + (4 * (k + 2)) + _muEff));

        UpdateStepSize();
        bool stalled = _trend >= 0.5; // h_σ = 0
        WeightedSum(Steps, _weights, _sum);
        MoveMean(_sum);
        double gain = stalled ? 0 : Math.Sqrt(cumulation * (2 - cumulation) * _muEff);
        for (int j = 0; j < n; j++)
        {
            _path[j] = ((1 - cumulation) * _path[j]) + (gain * Scale[j] * _sum[j]);
        }

        double kept = 1 - rankMu - rankOne + (stalled ? rankOne * cumulation * (2 - cumulation) : 0); // α²
        FillParts(kept, rankOne, rankMu);
        _sum.CopyTo(_move, 0);
        UpdateDirections(kept);
        InvertTransform(_move);
        _hasMoved = VectorKernels.Dot(_move, _move) > 0;
        Sigma *= Math.Exp(_trend / (4 - (3.0 / n)));
        AdaptCount();
    }

    private void UpdateStepSize()
    {
        if (!_hasMoved || IsInjected[0] || IsInjected[1])
        {
            return;
        }

        int ahead = Array.IndexOf(Ranking, 0);
        int behind = Array.IndexOf(Ranking, 1);
        _trend = ((1 - StepSmoothing) * _trend) + (StepSmoothing * (behind - ahead) / (Lambda - 1));
    }

    // The rows whose outer products with themselves sum to the new covariance, beyond α² I.
    private void FillParts(double kept, double rankOne, double rankMu)
    {
        int row = 0;
        for (int i = 0; i < Directions; i++)
        {
            Copy(_directions.AsSpan(i * Stride, Stride), Math.Sqrt(kept * _lengths[i]), row++);
        }

        for (int rank = 0; rank < _weights.Length; rank++)
        {
            Copy(Steps.AsSpan(Ranking[rank] * Stride, Stride), Math.Sqrt(rankMu * _weights[rank]), row++);
        }

        for (int j = 0; j < Dimension; j++)
        {
            _parts[(row * Stride) + j] = Math.Sqrt(rankOne) * _path[j] / Scale[j];
        }
    }

    private void Copy(ReadOnlySpan<double> source, double factor, int row)
    {
        Span<double> target = _parts.AsSpan(row * Stride, Stride);
        target.Clear();
        VectorKernels.AddScaled(factor, source, target);
    }

    private void UpdateDirections(double kept)
    {
        int parts = Directions + _weights.Length + 1;
        int gramStride = (parts + 7) / 8 * 8;
        for (int i = 0; i < parts; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                _gram[(i * gramStride) + j] = VectorKernels.Dot(_parts.AsSpan(i * Stride, Stride), _parts.AsSpan(j * Stride, Stride));
            }
        }

        var eigen = new SymmetricEigen(parts);
        if (!eigen.TryDecompose(_gram))
        {
            return;
        }

        int[] order = [.. Enumerable.Range(0, parts).OrderByDescending(i => eigen.Values[i])];
        double rest = order[Directions..].Sum(i => Math.Max(0, eigen.Values[i])) / (Dimension - Directions); // γ
        double spread = kept + rest; // β
        double[] squares = new double[Stride];
        squares.AsSpan().Fill(kept);
        for (int i = 0; i < parts; i++)
        {
            VectorKernels.AddScaledSquares(1, _parts.AsSpan(i * Stride, Stride), squares);
        }

        double[] lengthened = new double[Stride];
        lengthened.AsSpan().Fill(1);
        for (int i = 0; i < Directions; i++)
        {
            double value = Math.Max(eigen.Values[order[i]], 1e-300);
            _lengths[i] = Math.Max(0, (value - rest) / spread);
            Span<double> direction = _directions.AsSpan(i * Stride, Stride);
            direction.Clear();
            for (int part = 0; part < parts; part++)
            {
                VectorKernels.AddScaled(eigen.Vectors[(order[i] * gramStride) + part] / Math.Sqrt(value), _parts.AsSpan(part * Stride, Stride), direction);
            }

            VectorKernels.AddScaledSquares(_lengths[i], direction, lengthened);
        }

        double logarithms = 0;
        for (int j = 0; j < Dimension; j++)
        {
            Scale[j] *= Math.Sqrt(squares[j] / lengthened[j]);
            logarithms += Math.Log(Scale[j]);
        }

        foreach (double length in _lengths)
        {
            logarithms += Math.Log(1 + length) / 2;
        }

        double size = Math.Exp(-logarithms / Dimension);
        for (int j = 0; j < Dimension; j++)
        {
            Scale[j] *= size; // det C = 1
            _path[j] *= size;
        }
    }

    // Akimoto and Hansen 2016, PPSN: another direction is worth its slower learning when all that there are are long, and the step size and
    // the diagonal have settled; a short one that shrinks is dropped.
    private void AdaptCount()
    {
        double[] logarithms = new double[Dimension];
        for (int j = 0; j < Dimension; j++)
        {
            logarithms[j] = Math.Log(Scale[j] * Scale[j] * Variance(j));
        }

        _sigmaRate.Add([Math.Log(Sigma)]);
        _diagonalRate.Add(logarithms);
        _lengthRate.Add([.. _lengths.Select(length => Math.Log(1 + length))]);
        _sinceChange++;
        if (_sinceChange < (2 * Dimension) - 1)
        {
            return;
        }

        if (HasSettled() && _lengths.All(length => 1 + length > LongAxis) && Directions < Dimension - 1)
        {
            Resize(Math.Min(Dimension - 1, Math.Max(Directions + 1, (int)Math.Ceiling(1.414 * Directions))), [.. Enumerable.Range(0, Directions)]);
            return;
        }

        int[] worthy = [.. Enumerable.Range(0, Directions).Where(i => 1 + _lengths[i] >= LongAxis || _lengthRate.Of(i) >= 0)];
        if (worthy.Length < Directions)
        {
            Resize(worthy.Length, worthy);
        }
    }

    // Twice, a while apart: a step size that turns from growing to shrinking stands still only once.
    private bool HasSettled()
    {
        _sinceSettled++;
        if (_sigmaRate.Largest >= 0.1 || _diagonalRate.Largest >= 2)
        {
            return false;
        }

        if (_sinceSettled > Dimension)
        {
            _sinceSettled = 0;
        }

        return _sinceSettled > Dimension / 10;
    }

    private void Resize(int count, int[] survivors)
    {
        double[] directions = new double[count * Stride];
        double[] lengths = new double[count];
        for (int i = 0; i < survivors.Length; i++)
        {
            _directions.AsSpan(survivors[i] * Stride, Stride).CopyTo(directions.AsSpan(i * Stride));
            lengths[i] = _lengths[survivors[i]];
        }

        (_directions, _lengths) = (directions, lengths);
        _lengthRate = new ChangeRate(count, Dimension);
        _sinceChange = 0;
        _sinceSettled = int.MaxValue / 2;
        Reserve();
    }

    private void Reserve()
    {
        int parts = Directions + _weights.Length + 1;
        _parts = new double[parts * Stride];
        _gram = new double[parts * ((parts + 7) / 8 * 8)];
        _products = new double[(Lambda + 1) * Stride];
    }
}
