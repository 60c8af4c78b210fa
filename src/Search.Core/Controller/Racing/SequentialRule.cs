using Search.Evaluation;
using Search.Yaml;

namespace Search.Controller.Racing;

/// <summary>
/// A race (Maron and Moore 1994; paired, as in Moore and Lee 1994): who is worse than another by the paired differences of the examples that both have
/// seen leaves; of several objectives, worse in each, and no less infeasible on these examples. A candidate that comes alone races those of the candidates before it that none dominates.
/// </summary>
/// <param name="Error">
/// The probability, in each race, that a candidate leaves which all examples would show to be no worse than any other, to the accuracy of Student's distribution
/// for means of blocks; above 0 and below 1. It is divided by the number of rivals and of rungs (Bonferroni).
/// </param>
public sealed record SequentialRule(double Error) : RaceRule(Word)
{
    /// <summary>The rule's name in studies.</summary>
    public const string Word = "sequential";

    internal override string? Mismatch(StudyDefinition study) =>
        study.Objectives.FirstOrDefault(objective => objective.Aggregate == Aggregation.Max || objective.Terms.Any(term => term.Score.Kind is ScoreKind.MarginalEntropy or ScoreKind.Infomax)) is { } objective
            ? $"compares candidates example by example, so objectives must be sums of means over examples, got '{objective.Title}'{(objective.Aggregate == Aggregation.Max ? " of the worst task" : "")}; use rule: {HalvingRule.Word}"
            : null;

    internal override IReadOnlyList<(Racer Loser, Racer Rival)> Losers(RaceField field)
    {
        int rivals = field.Entered - 1 + field.Best.Count;
        double level = Error / (Math.Max(1, rivals) * field.Looks);
        var losers = new List<(Racer, Racer)>();
        foreach (Racer racer in Ordered(field.Running))
        {
            if (field.Running.Where(other => other != racer).Concat(field.Best).FirstOrDefault(rival => IsWorse(racer, rival)) is { } better)
            {
                losers.Add((racer, better));
            }
        }

        return losers;

        // By the objective none leaves in favour of one that exceeds the constraints more than it does itself.
        bool IsWorse(Racer racer, Racer rival) => rival.Violation <= racer.Violation && Enumerable.Range(0, racer.Objectives.Count).All(index => field.Test.Level(index, racer, rival, field.Share) <= level);
    }

    internal override IEnumerable<(string Key, object? Value)> Entries() => [("error", YamlText.Number(Error))];
}
