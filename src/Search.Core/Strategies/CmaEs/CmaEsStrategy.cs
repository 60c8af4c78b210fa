using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Search.Strategies.CmaEs;

/// <summary>
/// The covariance matrix adaptation evolution strategy with full covariance and active update (Hansen 2016, arXiv:1604.00772; active
/// weights after Jastrebski and Arnold 2006), in coordinates where every coefficient's range is [0, 1], bounded by <see cref="BoxTransform"/>.
/// Ties are broken by the order candidates were asked in, so that only ranks matter and the order of telling does not.
/// </summary>
public sealed class CmaEsStrategy : ISearchStrategy
{
    private const double MaximalDeviation = 1.0 / 3; // of a coefficient's range: beyond it samples only wrap around the box

    private readonly SearchSpace _space;
    private readonly AskLedger _ledger;
    private readonly CmaEsConstants _constants;
    private readonly long _seed;
    private readonly int _n;

    private readonly double[] _mean;
    private readonly double[] _pathSigma;
    private readonly double[] _pathC;
    private readonly double[] _covariance; // C, row-major, symmetric
    private readonly double[] _axes; // B, row-major: column j is the eigenvector of _lengths[j]²
    private readonly double[] _lengths; // D
    private readonly double[][] _normals; // z of each candidate of the generation
    private readonly Queue<double> _recentBest = [];

    private double _sigma;
    private int _sinceDecomposition;

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public CmaEsStrategy(SearchSpace space, CmaEsOptions options)
    {
        double widest = space.Coefficients.Max(coefficient => coefficient.Upper - coefficient.Lower);
        double sigma = (options.Sigma ?? (widest / 6)) / widest;
        if (!double.IsFinite(sigma) || sigma <= 0)
        {
            throw new ArgumentException($"Sigma must be positive and finite, got {options.Sigma}.", nameof(options));
        }

        _n = space.Axes.Count;
        int lambda = options.PopulationSize ?? CmaEsConstants.DefaultLambda(_n);
        if (lambda < 2)
        {
            throw new ArgumentException($"PopulationSize must be at least 2, got {lambda}.", nameof(options));
        }

        _space = space;
        _ledger = new AskLedger(space);
        _constants = new CmaEsConstants(_n, lambda);
        _seed = options.Seed;
        _sigma = Math.Min(sigma, MaximalDeviation);
        _mean = [.. space.Axes.Select(axis => BoxTransform.Invert(axis.Start))];
        _pathSigma = new double[_n];
        _pathC = new double[_n];
        _covariance = Identity(_n);
        _axes = Identity(_n);
        _lengths = [.. Enumerable.Repeat(1.0, _n)];
        _normals = new double[lambda][];
    }

    /// <inheritdoc/>
    public string Name => "cma_es";

    /// <inheritdoc/>
    public int PopulationSize => _constants.Lambda;

    /// <inheritdoc/>
    public string? StopReason { get; private set; }

    /// <summary>The step size σ, in fractions of a coefficient's range.</summary>
    public double Sigma => _sigma;

    /// <summary>The centre of the distribution, in coefficient units.</summary>
    public IReadOnlyList<double> Mean => _space.Decode(Point(_mean));

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (StopReason is not null)
        {
            return [];
        }

        int end = (int)Math.Min((long)_ledger.Asked.Count + count, PopulationSize);
        var candidates = new List<Candidate>();
        for (int index = _ledger.Asked.Count; index < end; index++)
        {
            var rng = new Rng(_seed, _ledger.Generation, index);
            double[] z = [.. Enumerable.Range(0, _n).Select(_ => rng.NextGaussian())];
            _normals[index] = z;
            double[] x = Step(z);
            for (int j = 0; j < _n; j++)
            {
                x[j] = _mean[j] + (_sigma * x[j]);
            }

            candidates.Add(_ledger.Ask(Point(x)));
        }

        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        if (_ledger.Asked.Count == PopulationSize && _ledger.PendingCount == 0)
        {
            Update();
            _ledger.BeginGeneration();
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations) => _ledger.Read(observations);

    /// <inheritdoc/>
    public Recommendation? Recommend() => _ledger.ToldCount == 0 ? null : new Recommendation(Mean, "mean of the distribution", null);

    private static double[] Identity(int n)
    {
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            identity[(i * n) + i] = 1;
        }

        return identity;
    }

    private void Update()
    {
        AskedCandidate[] ranked = _ledger.Ranking();
        int[] ranking = [.. ranked.Select(asked => asked.Candidate.Index)];
        if (ranked[0].Objectives is null)
        {
            // Every candidate failed: nothing to rank. Search closer to the mean.
            _sigma /= 2;
            return;
        }

        CmaEsConstants c = _constants;
        double[] zMean = new double[_n];
        for (int rank = 0; rank < c.Mu; rank++)
        {
            TensorPrimitives.MultiplyAdd(_normals[ranking[rank]], c.Weights[rank], zMean, zMean);
        }

        double[] yMean = Step(zMean); // eq. 41
        TensorPrimitives.MultiplyAdd(yMean, _sigma, _mean, _mean); // eq. 42

        double[] whitened = Rotate(zMean); // C^-1/2 <y>_w, from the z that were drawn
        double gainSigma = Math.Sqrt(c.CumulationSigma * (2 - c.CumulationSigma) * c.MuEff);
        double gainC = Math.Sqrt(c.CumulationC * (2 - c.CumulationC) * c.MuEff);
        for (int j = 0; j < _n; j++)
        {
            _pathSigma[j] = ((1 - c.CumulationSigma) * _pathSigma[j]) + (gainSigma * whitened[j]); // eq. 43
        }

        double squaredLength = TensorPrimitives.SumOfSquares<double>(_pathSigma);
        double settled = 1 - Math.Pow(1 - c.CumulationSigma, 2 * (_ledger.Generation + 1));
        double h = squaredLength / _n / settled < 2 + (4.0 / (_n + 1)) ? 1 : 0;
        for (int j = 0; j < _n; j++)
        {
            _pathC[j] = ((1 - c.CumulationC) * _pathC[j]) + (h * gainC * yMean[j]); // eq. 45
        }

        UpdateCovariance(ranking, h);
        _sigma *= Math.Exp(Math.Min(1, c.CumulationSigma / c.DampingSigma * ((Math.Sqrt(squaredLength) / c.Chi) - 1))); // eq. 44
        _sigma = Math.Min(_sigma, MaximalDeviation / Math.Sqrt(Enumerable.Range(0, _n).Max(j => _covariance[(j * _n) + j])));
        Decompose();
        CheckStop(ranked);
    }

    private void UpdateCovariance(int[] ranking, double h)
    {
        CmaEsConstants c = _constants;
        double decay = 1 + (c.RankOne * (1 - h) * c.CumulationC * (2 - c.CumulationC)) - c.RankOne - (c.RankMu * c.Weights.Sum());
        TensorPrimitives.Multiply(_covariance, decay, _covariance); // eq. 47
        AddOuter(_pathC, c.RankOne);
        for (int rank = 0; rank < ranking.Length; rank++)
        {
            double[] z = _normals[ranking[rank]];
            double weight = c.Weights[rank];
            if (weight < 0)
            {
                weight *= _n / (TensorPrimitives.SumOfSquares<double>(z) + 1e-8); // eq. 46: keeps C positive definite
            }

            AddOuter(Step(z), c.RankMu * weight);
        }
    }

    // C += weight · y yᵀ
    private void AddOuter(double[] y, double weight)
    {
        for (int i = 0; i < _n; i++)
        {
            Span<double> row = _covariance.AsSpan(i * _n, _n);
            TensorPrimitives.MultiplyAdd(y, weight * y[i], row, row);
        }
    }

    private void Decompose()
    {
        // Every iteration for small n; the rates say how many may pass unseen for large n.
        _sinceDecomposition++;
        if (_sinceDecomposition < 1 / ((_constants.RankOne + _constants.RankMu) * _n * 10))
        {
            return;
        }

        _sinceDecomposition = 0;
        for (int i = 0; i < _n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                _covariance[(i * _n) + j] = _covariance[(j * _n) + i] = (_covariance[(i * _n) + j] + _covariance[(j * _n) + i]) / 2;
            }
        }

        Evd<double> evd = Matrix<double>.Build.Dense(_n, _n, _covariance).Evd(Symmetricity.Symmetric);
        double smallest = evd.EigenValues.Min(value => value.Real);
        if (smallest <= 0)
        {
            // Rounding made it indefinite: lift the spectrum above zero, keep the old axes until the next decomposition.
            for (int j = 0; j < _n; j++)
            {
                _covariance[(j * _n) + j] += (1e-14 * _lengths.Max() * _lengths.Max()) - smallest;
            }

            return;
        }

        for (int j = 0; j < _n; j++)
        {
            _lengths[j] = Math.Sqrt(evd.EigenValues[j].Real);
            for (int i = 0; i < _n; i++)
            {
                _axes[(i * _n) + j] = evd.EigenVectors[i, j];
            }
        }
    }

    private void CheckStop(AskedCandidate[] ranked)
    {
        double best = ranked[0].Value;
        double worst = ranked.Last(asked => asked.Objectives is not null).Value;
        _recentBest.Enqueue(best);
        if (_recentBest.Count > 10 + (int)Math.Ceiling(30.0 * _n / PopulationSize))
        {
            _recentBest.Dequeue();
            if (_recentBest.Max() - _recentBest.Min() < 1e-12 && worst - best < 1e-12)
            {
                StopReason = "tolfun: the objective no longer changes by 1e-12";
            }
        }

        double deviation = _sigma * Math.Sqrt(Enumerable.Range(0, _n).Max(j => _covariance[(j * _n) + j]));
        if (deviation < 1e-11)
        {
            StopReason = "tolx: every coefficient's deviation is below 1e-11 of its range";
        }

        if (_lengths.Max() / _lengths.Min() > 1e7)
        {
            StopReason = "tolconditioncov: the covariance matrix's condition number is above 1e14";
        }
    }

    // B D z
    private double[] Step(double[] z)
    {
        double[] scaled = new double[_n];
        TensorPrimitives.Multiply(_lengths, z, scaled);
        return Rotate(scaled);
    }

    // B v
    private double[] Rotate(double[] v)
    {
        double[] result = new double[_n];
        for (int i = 0; i < _n; i++)
        {
            result[i] = TensorPrimitives.Dot<double>(_axes.AsSpan(i * _n, _n), v);
        }

        return result;
    }

    private static double[] Point(double[] x) => [.. x.Select(BoxTransform.Apply)];
}
