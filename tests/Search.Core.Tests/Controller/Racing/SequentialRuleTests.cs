using Search.Controller.Racing;

namespace Search.Tests.Controller.Racing;

public sealed class SequentialRuleTests
{
    private const int Examples = 128;
    private const int Candidates = 8;

    // The share of races in which the candidate that is best on all examples leaves, and of races' candidates that come to the end.
    private static (double Wrong, double Left) Race(SequentialRule rule, double gap, int races)
    {
        int wrong = 0;
        int left = 0;
        for (int race = 0; race < races; race++)
        {
            // What examples have in common, what candidates make of them, and how much worse one candidate is than the one before.
            var random = new Rng(3, race, 0);
            double[] common = [.. Enumerable.Range(0, Examples).Select(_ => 3 * random.NextGaussian())];
            double[][] scores = [.. Enumerable.Range(0, Candidates).Select(candidate => common.Select(value => value + (gap * candidate) + random.NextGaussian()).ToArray())];
            double[][] order = Racers.Draw(scores, Examples, race);
            int best = Enumerable.Range(0, Candidates).MinBy(candidate => scores[candidate].Average());
            List<int> running = [.. Enumerable.Range(0, Candidates)];
            for (int rung = 1; rung <= 3; rung++)
            {
                Racer[] racers = [.. running.Select(candidate => Racers.Of(candidate, 1, [.. Enumerable.Range(0, rung).Select(each => each == 0 ? order[candidate][..16] : order[candidate][(8 << each)..(16 << each)])]))];
                HashSet<long> losers = [.. rule.Losers(Racers.Field(racers, Candidates, share: (8 << rung) / (double)Examples)).Select(pair => pair.Loser.Id)];
                running.RemoveAll(candidate => losers.Contains(candidate));
            }

            wrong += running.Contains(best) ? 0 : 1;
            left += running.Count;
        }

        return (wrong / (double)races, left / (double)(races * Candidates));
    }

    [Test]
    public void Losers_AlikeCandidates_TheBestIsDroppedNoMoreOftenThanStated()
    {
        const int Races = 600;
        (double wrong, _) = Race(new SequentialRule(0.2), 0, Races);
        (double uncorrected, _) = Race(new SequentialRule(0.2 * 3 * (Candidates - 1)), 0, Races);
        Assert.Multiple(() =>
        {
            Assert.That(wrong, Is.LessThanOrEqualTo(0.2 + (3 * Math.Sqrt(0.2 * 0.8 / Races))));
            Assert.That(uncorrected, Is.GreaterThan(0.3), "without the correction for rivals and rungs it would be");
        });
    }

    [Test]
    public void Losers_ClearDifferences_FewComeToTheEnd()
    {
        (double wrong, double left) = Race(new SequentialRule(0.05), 0.5, 100);
        Assert.Multiple(() =>
        {
            Assert.That(wrong, Is.LessThanOrEqualTo(0.05));
            Assert.That(left, Is.LessThan(0.3));
        });
    }

    [TestCase(0, 0, true)]
    [TestCase(0, 0.1, false)]
    [TestCase(0.2, 0.1, true)]
    [TestCase(0.1, 0.2, false)]
    [TestCase(0.1, 0, true)]
    public void Losers_RivalThatIsBetter_CountsWhereItIsNoMoreInfeasible(double violation, double rivals, bool loses)
    {
        double[] noise = [.. Enumerable.Range(0, 32).Select(i => Math.Sin(i))];
        Racer Made(long id, double excess, double offset)
        {
            Racer racer = Racers.Of(id, 1, [.. noise.Select(value => offset + (value * (1 + (0.01 * id))))]);
            var made = new Racer(racer.Request);
            made.Add(racer.Rungs[0], excess);
            return made;
        }

        Racer[] racers = [Made(1, violation, 1), Made(2, rivals, 0)];
        Assert.That(new SequentialRule(0.05).Losers(Racers.Field(racers)).Select(pair => pair.Loser.Id), Is.EqualTo(loses ? new[] { 1 } : Array.Empty<int>()));
    }

    [Test]
    public void Losers_SeveralObjectives_OnlyWhoIsWorseInEach()
    {
        double[] noise = [.. Enumerable.Range(0, 32).Select(i => Math.Sin(i))];
        Racer Made(long id, double first, double second)
        {
            Racer racer = Racers.Of(id, 1, [.. noise.Select(value => value * (1 + (0.01 * id)))]);
            var both = new Racer(racer.Request);
            both.Add(racer.Rungs[0] with
            {
                Objectives = [first + racer.Objectives[0], second + racer.Objectives[0]],
                Scores = new Dictionary<string, double> { ["p/examples"] = 32, ["q/examples"] = 32 },
                Blocks = new Dictionary<string, IReadOnlyList<double>>
                {
                    ["p/entropy"] = [.. racer.Rungs[0].Blocks["p/entropy"].Select(value => value + first)],
                    ["q/entropy"] = [.. racer.Rungs[0].Blocks["p/entropy"].Select(value => value + second)],
                },
            });
            return both;
        }

        RaceField field = Racers.Field([Made(0, 0, 5), Made(1, 5, 0), Made(2, 6, 4), Made(3, 6, 6), Made(4, 0.001, 5.0001)]) with
        {
            Test = new PairedTest([new Search.Evaluation.Objective(Search.Evaluation.ScoreKind.Entropy, Search.Evaluation.Aggregation.None)], ["p", "q"]),
        };
        Assert.That(new SequentialRule(0.05).Losers(field).Select(pair => (pair.Loser.Id, pair.Rival.Id)), Is.EquivalentTo(new[] { (2L, 1L), (3L, 0L) }), "4 is worse than 0 by less than luck");
    }

    [Test]
    public void Losers_Alone_RacesTheBestBefore()
    {
        double[] good = [.. Enumerable.Range(0, 16).Select(i => 1 + (0.1 * Math.Sin(i)))];
        Racer before = Racers.Of(3, 1, good);
        Racer bad = Racers.Of(9, 1, [.. good.Select((value, i) => value + 1 + (0.1 * Math.Cos(i)))]);
        Assert.Multiple(() =>
        {
            Assert.That(new SequentialRule(0.05).Losers(Racers.Field([bad], best: [before])).Single().Rival.Id, Is.EqualTo(3));
            Assert.That(new SequentialRule(0.05).Losers(Racers.Field([before], best: [bad])), Is.Empty);
            Assert.That(new SequentialRule(0.05).Losers(Racers.Field([bad])), Is.Empty);
        });
    }
}
