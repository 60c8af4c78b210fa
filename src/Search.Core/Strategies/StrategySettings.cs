namespace Search.Strategies;

/// <summary>What a study says of its strategy.</summary>
/// <param name="Name">The strategy's name.</param>
/// <param name="NeedsGradient">Whether its candidates ask for derivatives, which not every engine gives.</param>
public abstract record StrategySettings(string Name, bool NeedsGradient)
{
    /// <summary>The strategies that propose candidates: this one, unless it is made of several.</summary>
    public virtual IReadOnlyList<StrategySettings> Parts => [this];

    /// <summary>Whether it looks for a front of several objectives; the others minimise one.</summary>
    public virtual bool SeeksFront => false;

    /// <summary>Whether it proposes the same whatever it is told, for one objective or several.</summary>
    public virtual bool TakesAnyObjectives => false;

    /// <summary>Whether it computes with the score of each candidate that it proposes together with others, so that those that lose cannot go without one.</summary>
    public virtual bool NeedsEveryScore => false;

    /// <summary>Why it cannot take so many objectives, naming strategies that can; null where it can.</summary>
    /// <param name="objectives">How many objectives candidates have.</param>
    public string? Mismatch(int objectives) =>
        objectives > 1 && !SeeksFront && !TakesAnyObjectives ? $"strategy {Name} minimises one objective, not {objectives}: {string.Join(", ", StrategyList.FrontNames)} look for the front of several"
        : objectives == 1 && Parts.FirstOrDefault(part => part.SeeksFront) is { } part ? $"strategy {part.Name} looks for the front of several objectives, not for one minimum: {string.Join(", ", StrategyList.Names.Except(StrategyList.FrontNames))} minimise one"
        : null;

    /// <summary>Creates the strategy.</summary>
    /// <param name="space">What it searches.</param>
    /// <param name="context">The seed and what else it needs to know.</param>
    /// <returns>The strategy, which has proposed nothing yet.</returns>
    /// <exception cref="ArgumentException">The settings or the space are not ones it can serve.</exception>
    public abstract ISearchStrategy Create(SearchSpace space, StrategyContext context);

    /// <summary>The settings as a study writes them, without the name: plain YAML values that read back to the same settings; null ones are left out.</summary>
    public abstract IEnumerable<(string Key, object? Value)> Entries();
}
