using Search.Yaml;

namespace Search.Controller.Racing;

/// <summary>
/// Successive halving (Jamieson and Talwalkar 2016, arXiv:1502.07943, Algorithm 1): the best share of a generation stays. A candidate that comes alone
/// stays where it is among the best share of all that came as far (ASHA: Li et al. 2020, arXiv:1810.05934, Algorithm 2). Of several objectives, the better
/// front is better, and within a front who is more alone.
/// </summary>
/// <param name="Keep">The share that stays, above 0 and below 1; one always does.</param>
public sealed record HalvingRule(double Keep) : RaceRule(Word)
{
    /// <summary>The rule's name in studies.</summary>
    public const string Word = "halving";

    internal override IReadOnlyList<(Racer Loser, Racer Rival)> Losers(RaceField field)
    {
        // A product that is a whole number but for rounding is that number.
        if (field.Entered == 1)
        {
            Racer alone = field.Running[0];
            Racer[] all = Ordered([.. field.Earlier, alone]);
            int stay = Math.Max(1, (int)Math.Floor((Keep * all.Length) + 1e-9));
            return Array.IndexOf(all, alone) < stay ? [] : [(alone, all[stay - 1])];
        }

        Racer[] ordered = Ordered(field.Running);
        int kept = Math.Max(1, (int)Math.Ceiling((Keep * ordered.Length) - 1e-9));
        return [.. ordered.Skip(kept).Select(loser => (loser, ordered[kept - 1]))];
    }

    internal override IEnumerable<(string Key, object? Value)> Entries() => [("keep", YamlText.Number(Keep))];
}
