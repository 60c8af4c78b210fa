namespace Search.Strategies.Fronts;

/// <summary>The settings of <see cref="MapStrategy"/>.</summary>
public sealed record MapOptions
{
    /// <summary>The most numbers whose quadratic form has all products; beyond it <c>auto</c> takes squares alone.</summary>
    public const int MaximalFull = 20;

    /// <summary>Points of the design that is evaluated before there are surfaces, learned trials counted; at least 2.</summary>
    /// <value>The default, null, is as many as the form has coefficients, but no more than 3 n + 6 for n axes.</value>
    public int? InitialPoints { get; init; }

    /// <summary>Candidates of the predicted front that are evaluated before the surfaces are fitted again; at least 1.</summary>
    /// <value>The default is 8.</value>
    public int PopulationSize { get; init; } = 8;

    /// <summary>Generations of NSGA-III on the surfaces; at least 1.</summary>
    /// <value>The default is 150, as published.</value>
    public int Generations { get; init; } = 150;

    /// <summary>What makes an objective of its quadratic form: <c>plain</c>, <c>sigmoid</c>, <c>softplus</c>, or for each objective the one that predicts best: <c>auto</c>.</summary>
    /// <value>The default is <c>auto</c>.</value>
    public string Link { get; init; } = "auto";

    /// <summary>Whether forms have the products of different numbers, which (n + 1)(n + 2)/2 coefficients in all need, or squares alone.</summary>
    /// <value>The default, null, is up to <see cref="MaximalFull"/> axes.</value>
    public bool? IsFull { get; init; }

    /// <summary>The seed of all random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
