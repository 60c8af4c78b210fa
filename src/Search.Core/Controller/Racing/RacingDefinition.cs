using Search.Evaluation;

namespace Search.Controller.Racing;

/// <summary>Candidates are scored on ever more of one sequence of examples, and those that lose on the way are not scored on the rest.</summary>
/// <param name="Rule">Who loses.</param>
/// <param name="First">The share of each task's examples that the first rung has, above 0 and below 1.</param>
/// <param name="Factor">So many times the examples of a rung are those up to the next one; above 1.</param>
public sealed record RacingDefinition(RaceRule Rule, double First, double Factor)
{
    /// <summary>The share of each task's examples up to each rung's end; the last is 1.</summary>
    public IReadOnlyList<double> Shares
    {
        get
        {
            var shares = new List<double>();
            for (double share = First; share < 1 - 1e-9; share *= Factor)
            {
                shares.Add(share);
            }

            return [.. shares, 1];
        }
    }

    /// <summary>The examples of each rung: those that it adds.</summary>
    /// <param name="seed">The study's seed.</param>
    internal IReadOnlyList<ExampleStretch> Stretches(long seed)
    {
        IReadOnlyList<double> shares = Shares;
        return [.. shares.Select((share, rung) => new ExampleStretch(seed, rung == 0 ? 0 : shares[rung - 1], share))];
    }
}
