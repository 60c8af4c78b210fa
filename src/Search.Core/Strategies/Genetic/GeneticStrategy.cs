using System.Runtime.InteropServices;

namespace Search.Strategies.Genetic;

/// <summary>
/// A real-coded genetic algorithm: selection, crossover, mutation and reinsertion in generations, of a whole population's size or of one or
/// two children (Holland 1975; real genes and the default operators after Deb 2001). Nobody is evaluated twice: a child that is known already is bred anew.
/// </summary>
public sealed class GeneticStrategy : ISearchStrategy
{
    private const int MaximalRounds = 100; // of breeding known children only, before strangers are tried, and of strangers before the search ends

    private readonly GeneticOptions _options;
    private readonly AskLedger _ledger;
    private readonly Heredity _heredity;
    private readonly Incumbent _incumbent;
    private readonly bool _keepsStart;
    private readonly bool _seeksFront;
    private readonly HashSet<double[]> _known = new(SameGenes.Instance);
    private readonly Queue<double[]> _brood = []; // of this generation, not yet asked for

    private IReadOnlyList<Individual> _population = [];
    private bool _isBred;
    private long _order;
    private double _best = double.PositiveInfinity;
    private int _improved;

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <param name="name">What studies call this combination of settings.</param>
    /// <param name="objectives">How many objectives candidates have; with several the reinsertion must rank fronts.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public GeneticStrategy(SearchSpace space, GeneticOptions options, string name = "genetic", int objectives = 1)
    {
        Name = name;
        _seeksFront = objectives > 1;
        string? fault =
            options.Population < 2 ? $"Population must be at least 2, got {options.Population}"
            : options.Offspring < 1 ? $"Offspring must be at least 1, got {options.Offspring}"
            : !double.IsFinite(options.Growth) || options.Growth < 0 ? $"Growth must be finite and not negative, got {options.Growth}"
            : !double.IsFinite(options.Spread) || options.Spread <= 0 ? $"Spread must be positive and finite, got {options.Spread}"
            : options.CrossoverProbability is not (>= 0 and <= 1) ? $"CrossoverProbability must be from 0 to 1, got {options.CrossoverProbability}"
            : options.MutationProbability is { } probability && probability is not (>= 0 and <= 1) ? $"MutationProbability must be from 0 to 1, got {probability}"
            : null;
        if (fault is not null)
        {
            throw new ArgumentException($"{fault}.", nameof(options));
        }

        _options = options;
        _ledger = new AskLedger(space, objectives);
        _incumbent = new Incumbent(space);
        _heredity = new Heredity(space.Axes, options);
        _keepsStart = space.KeepsStart;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int PopulationSize => _ledger.Generation == 0 ? Size : _options.Offspring ?? _options.Population;

    /// <inheritdoc/>
    public string? StopReason { get; private set; }

    /// <summary>Those that live, as after the last generation that is complete.</summary>
    internal IReadOnlyList<Individual> Population => _population;

    // How many may live after this generation.
    private int Size => _options.Growth == 0 ? _options.Population
        : (int)Math.Min(_options.Population, (_options.Offspring ?? _options.Population) + Math.Floor(_options.Growth * _ledger.Generation));

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (!_isBred && StopReason is null)
        {
            Breed();
        }

        var candidates = new List<Candidate>();
        while (candidates.Count < count && _brood.TryDequeue(out double[]? genes))
        {
            candidates.Add(_ledger.Ask(genes));
        }

        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        _incumbent.See(verdicts);
        if (_isBred && _brood.Count == 0 && _ledger.PendingCount == 0 && _ledger.Asked.Count > 0)
        {
            Complete();
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        var learned = new List<Individual>();
        foreach ((double[] point, IReadOnlyList<double>? objectives) in _ledger.Read(observations))
        {
            if (objectives is not null && _known.Add(point))
            {
                learned.Add(new Individual(point, [.. objectives], _order++));
            }
        }

        _incumbent.See(observations);
        _population = _seeksFront
            ? _options.Reinsertion.Reinsert(_population, learned, Size)
            : [.. Individual.Ranked(_population.Concat(learned)).Take(Size)];
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _seeksFront ? null : _incumbent.Recommend();

    private void Breed()
    {
        var rng = new Rng(_options.Seed, _ledger.Generation, 0);
        bool isFirst = _ledger.Generation == 0 && _population.Count < Size;
        int size = isFirst ? Size - _population.Count : PopulationSize;
        if (_ledger.Generation == 0 && (_population.Count == 0 || _keepsStart))
        {
            Welcome(_heredity.Start(), size);
        }

        for (int fruitless = 0; _brood.Count < size && fruitless < 2 * MaximalRounds; fruitless++)
        {
            int before = _brood.Count;
            if (fruitless >= MaximalRounds)
            {
                Welcome(_heredity.Stranger(rng), size);
            }
            else if (isFirst || _population.Count == 0)
            {
                Welcome(_heredity.Newcomer(rng), size);
            }
            else
            {
                Mate(size, rng);
            }

            fruitless = _brood.Count > before ? -1 : fruitless;
        }

        _isBred = true;
        if (_brood.Count == 0)
        {
            StopReason = "exhausted: no new candidate was found";
        }
    }

    private void Mate(int size, Rng rng)
    {
        int[] parents = new int[2 * ((size - _brood.Count + 1) / 2)];
        _options.Selection.Fill(_population, parents, rng);
        for (int pair = 0; pair < parents.Length; pair += 2)
        {
            (double[] first, double[] second) = _heredity.Mate(_population[parents[pair]].Genes, _population[parents[pair + 1]].Genes, rng);
            Welcome(first, size);
            Welcome(second, size);
        }
    }

    private void Welcome(double[] genes, int size)
    {
        if (_brood.Count < size && _known.Add(genes))
        {
            _brood.Enqueue(genes);
        }
    }

    private void Complete()
    {
        var offspring = new List<Individual>();
        foreach (AskedCandidate asked in _ledger.Asked)
        {
            if (asked.Objectives is { } objectives)
            {
                offspring.Add(new Individual(asked.Point, [.. objectives], _order));
            }

            _order++;
        }

        _population = _options.Reinsertion.Reinsert(_population, Individual.Ranked(offspring), Size);
        int generation = _ledger.Generation + 1;
        if (offspring.Count > 0 && offspring.Min(child => child.Objective) is var best && best < _best)
        {
            (_best, _improved) = (best, generation);
        }

        StopReason = _options.Terminations.Select(termination => termination.Reason(generation, _improved)).FirstOrDefault(reason => reason is not null);
        _ledger.BeginGeneration();
        _isBred = false;
    }

    // Genes are equal when their bits are.
    private sealed class SameGenes : IEqualityComparer<double[]>
    {
        public static readonly SameGenes Instance = new();

        public bool Equals(double[]? x, double[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(double[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes<double>(obj));
            return hash.ToHashCode();
        }
    }
}
