using Search.LinearAlgebra;

namespace Search.Strategies.CmaEs;

/// <summary>
/// One run of an evolution strategy on ℝⁿ from a start to a stop. A generation's points are x = m + σ · s ∘ y with y ~ N(0, C); the
/// subclass says what C may be and how m, σ, s and C follow the ranking. Only ranks matter, ties go to the lower index, and failed points
/// are worse than any value.
/// </summary>
internal abstract class EvolutionRun
{
    private readonly StopCriteria _stop;
    private readonly double _maximalDeviation;
    private readonly double[] _squares;
    private readonly Comparison<int> _byValue;
    private double[] _values = [];
    private double[] _injectedPoint = [];

    /// <summary>Starts a run.</summary>
    /// <param name="start">Where.</param>
    /// <param name="lambda">Points a generation; at least 2.</param>
    protected EvolutionRun(RunStart start, int lambda)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lambda, 2);
        Dimension = start.Mean.Length;
        Stride = (Dimension + 7) / 8 * 8;
        Mean = [.. start.Mean];
        Sigma = start.Sigma;
        _maximalDeviation = start.MaximalDeviation;
        Scale = new double[Stride];
        _squares = new double[Stride];
        Scale.AsSpan(0, Dimension).Fill(1);
        start.Deviations?.CopyTo(Scale, 0);
        _stop = new StopCriteria(start);
        _byValue = (a, b) => _values[a] == _values[b] ? a.CompareTo(b) : _values[a].CompareTo(_values[b]);
        Reserve(lambda);
    }

    /// <summary>n: how many numbers are searched.</summary>
    public int Dimension { get; }

    /// <summary>λ: points a generation.</summary>
    public int Lambda { get; private set; }

    /// <summary>Generations so far.</summary>
    public int Generation { get; private set; }

    /// <summary>m: the centre of the next generation; n numbers, which a caller may repair between generations.</summary>
    public double[] Mean { get; }

    /// <summary>σ: the step size.</summary>
    public double Sigma { get; protected set; }

    /// <summary>Why the run is over, beginning with the criterion's name; null while it is not.</summary>
    public string? StopReason { get; private set; }

    /// <summary>Whether the generation last told had two equal values among its points.</summary>
    public bool HadTies { get; private set; }

    /// <summary>The median value of the generation last told; infinite when half of it failed.</summary>
    public double MedianValue { get; private set; } = double.PositiveInfinity;

    /// <summary>The condition number of C, as last determined.</summary>
    public virtual double ConditionNumber => 1;

    /// <summary>The distance between rows of <see cref="Normals"/> and <see cref="Steps"/>: a multiple of 8.</summary>
    protected int Stride { get; }

    /// <summary>s: a factor a coordinate; zero beyond n.</summary>
    protected double[] Scale { get; }

    /// <summary>z ~ N(0, I): a row a point, and a spare row.</summary>
    protected double[] Normals { get; private set; } = [];

    /// <summary>y: a row a point, and a spare row.</summary>
    protected double[] Steps { get; private set; } = [];

    /// <summary>Points by rank, best first.</summary>
    protected int[] Ranking { get; private set; } = [];

    /// <summary>How many points of the generation have a value.</summary>
    protected int Succeeded { get; private set; }

    /// <summary>Whether a point came from outside, by index.</summary>
    protected bool[] IsInjected { get; private set; } = [];

    /// <summary>Draws a generation.</summary>
    /// <param name="seed">The seed of the search.</param>
    /// <param name="generation">The generation's number in the search, which no other run shares.</param>
    public void Sample(long seed, long generation)
    {
        DrawNormals(seed, generation);
        Transform();
        Array.Clear(IsInjected);
    }

    /// <summary>Writes a point of the generation.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="point">n numbers.</param>
    public void Point(int index, Span<double> point)
    {
        ReadOnlySpan<double> step = Steps.AsSpan(index * Stride, Dimension);
        for (int j = 0; j < step.Length; j++)
        {
            point[j] = Mean[j] + (Sigma * Scale[j] * step[j]);
        }
    }

    /// <summary>The standard deviation of number <paramref name="j"/> in the next generation.</summary>
    public double Deviation(int j) => Sigma * Scale[j] * Math.Sqrt(Variance(j));

    /// <summary>Learns a generation, and whatever comes from outside with it.</summary>
    /// <param name="values">One a point; infinite for those that failed.</param>
    /// <param name="injected">Points of others with finite values, which take the places of worse points of the generation.</param>
    public void Update(ReadOnlySpan<double> values, IReadOnlyList<(double[] Point, double Value)> injected)
    {
        values.CopyTo(_values);
        Rank();
        foreach ((double[] point, double value) in injected.OrderBy(one => one.Value))
        {
            Inject(point, value);
        }

        if (injected.Count > 0)
        {
            Rank();
        }

        double best = _values[Ranking[0]];
        if (double.IsInfinity(best))
        {
            Sigma /= 2; // nothing to rank: search closer to the mean
        }
        else
        {
            Adapt();
            LimitDeviations();
        }

        Generation++;
        Array.Sort(_values);
        MedianValue = _values[Lambda / 2];
        StopReason = _stop.Check(this, _values);
    }

    /// <summary>Changes the number of points of the generations to come.</summary>
    public void ChangePopulation(int lambda)
    {
        Reserve(lambda);
        DeriveConstants();
    }

    /// <summary>Writes a direction in which the points' deviation is one principal axis, in the units of x.</summary>
    /// <param name="number">Any number; the axis is the remainder of it divided by n.</param>
    /// <param name="axis">n numbers.</param>
    public virtual void Axis(int number, Span<double> axis)
    {
        axis.Clear();
        axis[number % Dimension] = Deviation(number % Dimension);
    }

    /// <summary>C_jj.</summary>
    protected abstract double Variance(int j);

    /// <summary>Derives what depends on <see cref="Lambda"/>.</summary>
    protected abstract void DeriveConstants();

    /// <summary>Computes <see cref="Steps"/> of <see cref="Normals"/>.</summary>
    protected abstract void Transform();

    /// <summary>Finds z of y, in place; the inverse of <see cref="Transform"/> for one row.</summary>
    protected abstract void InvertTransform(Span<double> step);

    /// <summary>Moves and reshapes the distribution after <see cref="Ranking"/>.</summary>
    protected abstract void Adapt();

    /// <summary>Fills <see cref="Normals"/>; point k of a generation always draws the same numbers.</summary>
    protected virtual void DrawNormals(long seed, long generation)
    {
        for (int k = 0; k < Lambda; k++)
        {
            new Rng(seed, generation, k).FillGaussian(Normals.AsSpan(k * Stride, Dimension));
        }
    }

    /// <summary>Σ over the points of weight · row, where the weights go by rank.</summary>
    /// <param name="rows">A row a point.</param>
    /// <param name="weights">By rank, best first; at most λ.</param>
    /// <param name="sum">Receives n numbers.</param>
    protected void WeightedSum(ReadOnlySpan<double> rows, ReadOnlySpan<double> weights, Span<double> sum)
    {
        sum.Clear();
        for (int rank = 0; rank < weights.Length; rank++)
        {
            VectorKernels.AddScaled(weights[rank], rows.Slice(Ranking[rank] * Stride, Stride), sum);
        }
    }

    /// <summary>m ← m + σ · s ∘ y.</summary>
    protected void MoveMean(ReadOnlySpan<double> step)
    {
        for (int j = 0; j < Dimension; j++)
        {
            Mean[j] += Sigma * Scale[j] * step[j];
        }
    }

    /// <summary>What a weight is multiplied by: one that is negative counts as if its point had the length √n, so that the covariance stays positive definite, and not at all where the point came from outside (Hansen 2016, eq. 46).</summary>
    /// <param name="weight">The recombination weight.</param>
    /// <param name="point">The point's number.</param>
    protected double Tempering(double weight, int point)
    {
        ReadOnlySpan<double> z = Normals.AsSpan(point * Stride, Stride);
        return weight >= 0 ? 1 : IsInjected[point] ? 0 : Dimension / (VectorKernels.Dot(z, z) + 1e-8);
    }

    /// <summary>Multiplies <see cref="Scale"/> along the natural gradient of its logarithm (Akimoto and Hansen 2020, eqs. 20–23).</summary>
    /// <param name="constants">Weights and rates.</param>
    /// <param name="path">The covariance path in the coordinates where steps are N(0, I).</param>
    /// <param name="stalled">Whether the path was not fed.</param>
    /// <param name="damping">What the logarithm's step is divided by; at least 1.</param>
    protected void AdaptScale(CmaEsConstants constants, ReadOnlySpan<double> path, bool stalled, double damping)
    {
        double sum = constants.RankOne * (stalled ? 1 - (constants.CumulationC * (2 - constants.CumulationC)) : 1);
        for (int j = 0; j < Dimension; j++)
        {
            _squares[j] = constants.RankOne * path[j] * path[j];
        }

        for (int rank = 0; rank < Lambda; rank++)
        {
            int k = Ranking[rank];
            ReadOnlySpan<double> z = Normals.AsSpan(k * Stride, Stride);
            double weight = constants.RankMu * constants.Weights[rank] * Tempering(constants.Weights[rank], k);
            sum += weight;
            VectorKernels.AddScaledSquares(weight, z, _squares);
        }

        for (int j = 0; j < Dimension; j++)
        {
            Scale[j] *= Math.Exp((_squares[j] - sum) / (2 * damping));
        }
    }

    private void Reserve(int lambda)
    {
        Lambda = lambda;
        Normals = new double[(lambda + 1) * Stride];
        Steps = new double[(lambda + 1) * Stride];
        Ranking = new int[lambda];
        IsInjected = new bool[lambda];
        _values = new double[lambda];
    }

    private void Rank()
    {
        Succeeded = 0;
        for (int k = 0; k < Lambda; k++)
        {
            Ranking[k] = k;
            Succeeded += double.IsFinite(_values[k]) ? 1 : 0;
        }

        Ranking.AsSpan().Sort(_byValue);
        HadTies = false;
        for (int rank = 1; rank < Succeeded; rank++)
        {
            HadTies |= _values[Ranking[rank]] == _values[Ranking[rank - 1]];
        }
    }

    // Hansen 2011, arXiv:1110.4181: a foreign point enters like one of the generation, its Mahalanobis length clipped.
    private void Inject(double[] point, double value)
    {
        int rank = Lambda - 1;
        while (rank >= 0 && IsInjected[Ranking[rank]])
        {
            rank--;
        }

        if (rank < 0 || _values[Ranking[rank]] <= value)
        {
            return;
        }

        int index = Ranking[rank];
        if (_injectedPoint.Length == 0)
        {
            _injectedPoint = new double[Stride];
        }

        Span<double> z = _injectedPoint;
        for (int j = 0; j < Dimension; j++)
        {
            z[j] = (point[j] - Mean[j]) / (Sigma * Scale[j]);
        }

        Span<double> step = Steps.AsSpan(index * Stride, Stride);
        z.CopyTo(step);
        InvertTransform(z);
        double length = Math.Sqrt(VectorKernels.Dot(z, z));
        double longest = Math.Sqrt(Dimension) + (2.0 * Dimension / (Dimension + 2));
        double shrink = length > longest ? longest / length : 1;
        Span<double> normal = Normals.AsSpan(index * Stride, Stride);
        for (int j = 0; j < Stride; j++)
        {
            normal[j] = shrink * z[j];
            step[j] *= shrink;
        }

        _values[index] = value;
        IsInjected[index] = true;
    }

    private void LimitDeviations()
    {
        if (double.IsInfinity(_maximalDeviation))
        {
            return;
        }

        for (int j = 0; j < Dimension; j++)
        {
            double deviation = Deviation(j);
            if (deviation > _maximalDeviation)
            {
                Scale[j] *= _maximalDeviation / deviation;
            }
        }
    }
}
