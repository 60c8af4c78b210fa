namespace Search.Strategies.Genetic;

/// <summary>How a genetic algorithm searches.</summary>
public sealed record GeneticOptions
{
    /// <summary>Individuals of a full population; at least 2.</summary>
    /// <value>The default is 20.</value>
    public int Population { get; init; } = 20;

    /// <summary>Children a generation; at least 1. As many as the population is the generational scheme, one or two is the steady-state scheme.</summary>
    /// <value>The default, null, is as many as the population.</value>
    public int? Offspring { get; init; }

    /// <summary>How many individuals more a generation than the one before the population has; from 0. It starts with as many as there are children, and ends full.</summary>
    /// <value>The default, 0, is a population that is full from the first generation on.</value>
    public double Growth { get; init; }

    /// <summary>The standard deviation of the first population around the start, as a fraction of the range; positive.</summary>
    /// <value>The default is 0.2.</value>
    public double Spread { get; init; } = 0.2;

    /// <summary>Who has children.</summary>
    /// <value>The default is tournaments of two.</value>
    public ISelection Selection { get; init; } = new TournamentSelection();

    /// <summary>How genes mix.</summary>
    /// <value>The default is SBX.</value>
    public ICrossover Crossover { get; init; } = new SimulatedBinaryCrossover();

    /// <summary>The chance that a pair's genes mix at all; from 0 to 1.</summary>
    /// <value>The default is 0.9.</value>
    public double CrossoverProbability { get; init; } = 0.9;

    /// <summary>How a gene changes.</summary>
    /// <value>The default is polynomial mutation.</value>
    public IMutation Mutation { get; init; } = new PolynomialMutation();

    /// <summary>The chance of each gene to change; from 0 to 1.</summary>
    /// <value>The default, null, is one over the number of axes, at most a half.</value>
    public double? MutationProbability { get; init; }

    /// <summary>Who lives on.</summary>
    /// <value>The default is the best of parents and children.</value>
    public IReinsertion Reinsertion { get; init; } = new FitnessReinsertion();

    /// <summary>What ends the search before the budget does; the first that has a reason.</summary>
    /// <value>The default is nothing.</value>
    public IReadOnlyList<ITermination> Terminations { get; init; } = [];

    /// <summary>The seed of all random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
