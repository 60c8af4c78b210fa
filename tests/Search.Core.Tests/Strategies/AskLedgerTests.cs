using Search.Strategies;
using Search.Strategies.Bayesian;
using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies;

public sealed class AskLedgerTests
{
    private readonly AskLedger _ledger = new(new SearchSpace([new("x", 0, 10, 5), new("y", 0, 1, 0)]));

    [Test]
    public void Ranking_ToldInAnyOrder_OrdersByValueThenByAskingAndFailuresLast()
    {
        Candidate[] asked = [.. Enumerable.Range(0, 5).Select(i => _ledger.Ask([i / 10.0, 0]))];
        _ledger.Tell([new(asked[3], [1.0]), new(asked[0], null)]);
        _ledger.Tell([new(asked[2], [1.0]), new(asked[1], [2.0])]);
        Assert.Multiple(() =>
        {
            Assert.That(_ledger.Ranking().Select(entry => entry.Candidate.Index), Is.EqualTo(new[] { 2, 3, 1, 0 }));
            Assert.That(_ledger.PendingCount, Is.EqualTo(1));
            Assert.That(asked[4].Coefficients, Is.EqualTo([4.0, 0]));
        });
    }

    [Test]
    public void Ranking_SomePrunedSomeFailed_PutsTheFailedBehindThePruned()
    {
        Candidate[] asked = [.. Enumerable.Range(0, 4).Select(i => _ledger.Ask([i / 10.0, 0]))];
        _ledger.Tell([new(asked[0], null), new(asked[1], null) { IsPruned = true }, new(asked[2], null) { IsPruned = true }, new(asked[3], [1e300])]);
        Assert.That(_ledger.Ranking().Select(entry => entry.Candidate.Index), Is.EqualTo(new[] { 3, 1, 2, 0 }));
        Assert.That(() => new Verdict(asked[0], [1.0]) { IsPruned = true }, Throws.ArgumentException);
    }

    [Test]
    public void Ranking_PrunedWithEstimates_GoesByThem()
    {
        Candidate[] asked = [.. Enumerable.Range(0, 4).Select(i => _ledger.Ask([i / 10.0, 0]))];
        _ledger.Tell([new(asked[0], null) { IsPruned = true }, new(asked[1], null) { IsPruned = true, Estimate = 4 }, new(asked[2], null) { IsPruned = true, Estimate = 3 }, new(asked[3], [2])]);
        Assert.That(_ledger.Ranking().Select(entry => entry.Candidate.Index), Is.EqualTo(new[] { 3, 2, 1, 0 }));
        Assert.That(() => new Verdict(asked[0], [1.0]) { Estimate = 1 }, Throws.ArgumentException);
        Assert.That(() => new Verdict(asked[0], null) { Estimate = double.NaN }, Throws.ArgumentException);
    }

    // Estimates in the order of what they stand for teach as much as these, where ranks are all that is learned or all trials are modelled.
    [TestCase(true)]
    [TestCase(false)]
    public void Tell_PrunedWithEstimates_TeachesAsMuchAsObjectives(bool evolution)
    {
        var space = new SearchSpace([new("x", -1, 1, 0.2), new("y", -1, 1, 0.4)]);
        double[][] Asked(bool prunes)
        {
            ISearchStrategy strategy = evolution ? new CmaEsStrategy(space, new CmaEsOptions { Seed = 1 }) : new BayesianStrategy(space, new BayesianOptions { Seed = 1 });
            var asked = new List<double[]>();
            for (int round = 0; round < (evolution ? 5 : 12); round++)
            {
                IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
                asked.AddRange(candidates.Select(candidate => candidate.Coefficients.ToArray()));
                double[] values = [.. candidates.Select(candidate => candidate.Coefficients.Sum(value => (value - 0.1) * (value - 0.1)))];
                double limit = values.Order().ElementAt(values.Length / 2);
                strategy.Tell([.. candidates.Zip(values, (candidate, value) => prunes && (evolution ? value > limit : round % 3 == 2)
                    ? new Verdict(candidate, null) { IsPruned = true, Estimate = value }
                    : new Verdict(candidate, [value]))]);
            }

            return [.. asked];
        }

        Assert.That(Asked(true), Is.EqualTo(Asked(false)));
    }

    [Test]
    public void Tell_OneVerdictOfManyIsWrong_RecordsNone()
    {
        Candidate[] asked = [_ledger.Ask([0, 0]), _ledger.Ask([1, 1])];
        var good = new Verdict(asked[0], [1.0]);
        foreach (Verdict bad in new Verdict[]
        {
            good, new(asked[1], []), new(asked[1], [1, 2]), new(asked[1], [double.NaN]), new(asked[1] with { Generation = 1 }, [1]),
            new(asked[1] with { Index = 2 }, [1]), new(asked[1] with { Index = -1 }, [1]), new(asked[1] with { Coefficients = [1.0, 0] }, [1]), new(asked[1] with { Coefficients = [1.0] }, [1]),
        })
        {
            Assert.That(() => _ledger.Tell([good, bad]), Throws.ArgumentException, bad.ToString());
            Assert.That(_ledger.PendingCount, Is.EqualTo(2));
        }

        Assert.That(() => _ledger.Tell([good, new(asked[1] with { Coefficients = [10.0, 1.0] }, [1.0])]), Throws.Nothing);
        Assert.That(_ledger.ToldCount, Is.EqualTo(2));
    }

    [Test]
    public void BeginGeneration_LateVerdict_IsRefused()
    {
        Candidate late = _ledger.Ask([0, 0]);
        _ledger.BeginGeneration();
        Assert.That(() => _ledger.Tell([new(late, [1.0])]), Throws.ArgumentException.With.Message.Contains("not asked for"));
        Assert.That(_ledger.Ask([0, 0]), Has.Property("Generation").EqualTo(1).And.Property("Index").EqualTo(0));
    }

    [Test]
    public void Read_OtherPeoplesTrials_GivesTheirPointsAndRefusesWhatIsNotATrial()
    {
        (double[] point, IReadOnlyList<double>? objectives) = _ledger.Read([new([5, 0.25], [3])])[0];
        Assert.Multiple(() =>
        {
            Assert.That(point, Is.EqualTo([0.5, 0.25]));
            Assert.That(objectives, Is.EqualTo([3.0]));
            Assert.That(() => _ledger.Read([new([5, double.NaN], [3])]), Throws.ArgumentException);
            Assert.That(() => _ledger.Read([new([5], null)]), Throws.ArgumentException);
            Assert.That(() => _ledger.Read([new([5, 0], [3, 4])]), Throws.ArgumentException.With.Message.Contains("Observation 0"));
        });
    }
}
