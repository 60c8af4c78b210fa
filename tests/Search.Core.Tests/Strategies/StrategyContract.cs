using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Search.Strategies;

namespace Search.Tests.Strategies;

// What every strategy must do. A strategy's fixture inherits this and says how to create one.
public abstract class StrategyContract
{
    protected static IEnumerable<string> Spaces => ContractSpaces.Names;

    // How many batches most tests go through: enough to get beyond what the strategy begins with.
    protected virtual int Rounds => 6;

    // Whether other seeds give other candidates.
    protected virtual bool IsRandom => true;

    // How many objectives it has. With several it looks for a front and recommends no point of it.
    protected virtual int Objectives => 1;

    // Spaces that it must refuse when it is created, because it cannot search them.
    protected virtual IReadOnlyList<string> Refused => [];

    protected abstract ISearchStrategy Create(SearchSpace space, long seed);

    // Run by a process of its own: prints what the fixture of that name proposes.
    internal static int Child(string fixture)
    {
        Console.Out.Write(((StrategyContract)Activator.CreateInstance(Type.GetType(fixture, throwOnError: true)!)!).Digest());
        return 0;
    }

    [TestCaseSource(nameof(Spaces))]
    public void Ask_AnySpace_ProposesFeasibleCandidatesOrRefusesTheSpace(string name)
    {
        SearchSpace space = ContractSpaces.Create(name);
        if (Refused.Contains(name))
        {
            Assert.That(() => Create(space, 1), Throws.ArgumentException);
            return;
        }

        ISearchStrategy strategy = Create(space, 1);
        Assert.That(strategy.PopulationSize, Is.GreaterThanOrEqualTo(1));
        Assert.That(strategy.Name, Is.Not.Empty);
        Assert.That(strategy.Recommend(), Is.Null);
        for (int round = 0; round < Rounds && strategy.StopReason is null; round++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Assert.That(candidates, Is.Not.Empty);
            foreach (Candidate candidate in candidates)
            {
                Assert.That(ContractSpaces.Fault(space, candidate.Coefficients), Is.Null);
            }

            strategy.Tell(Judge(space, candidates));
            AssertRecommends(space, strategy);
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(7)]
    [TestCase(16)]
    [TestCase(64)]
    public void Ask_BatchesOfAnySize_ProposesNewCandidatesUntilVerdictsMustComeFirst(int count)
    {
        SearchSpace space = Space();
        ISearchStrategy strategy = Create(space, 1);
        var ids = new HashSet<(int, int)>();
        var pending = new List<Candidate>();
        for (int asked = 0; asked < 64 && strategy.StopReason is null;)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(count);
            Assert.That(candidates, Has.Count.LessThanOrEqualTo(count));
            if (candidates.Count == 0 || pending.Count > 64)
            {
                Assert.That(pending, Is.Not.Empty, "nothing is pending, so there must be something to ask");
                strategy.Tell(Judge(space, pending));
                pending.Clear();
                pending.AddRange(candidates);
                continue;
            }

            asked += candidates.Count;
            Assert.That(candidates.All(candidate => ids.Add((candidate.Generation, candidate.Index))), "every candidate has its own number");
            pending.AddRange(candidates);
        }
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void Ask_NoneOrFewer_IsRefused(int count) =>
        Assert.That(() => Create(Space(), 1).Ask(count), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Ask_SameSeed_ProposesTheSameBitsAndOtherSeedsOthers()
    {
        List<double> first = Path(1);
        Assert.That(Path(1), Is.EqualTo(first));
        if (IsRandom)
        {
            Assert.That(Path(2), Is.Not.EqualTo(first));
        }
    }

    [Test]
    public void Ask_InAnotherProcessOnOneProcessor_ProposesTheSameBits()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        foreach (string argument in new[] { "exec", typeof(StrategyContract).Assembly.Location, "strategy", GetType().FullName! })
        {
            start.ArgumentList.Add(argument);
        }

        using Process child = Process.Start(start)!;
        string digest = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.That(digest, Is.EqualTo(Digest()));
    }

    [Test]
    public void Tell_ReplayedFromAnyPrefix_GoesOnAsIfNothingHadHappened()
    {
        SearchSpace space = Space();
        List<double> whole = Path(1);
        for (int stop = 1; stop < Rounds; stop++)
        {
            var path = new List<double>();
            ISearchStrategy first = Create(space, 1);
            var told = new List<IReadOnlyList<Verdict>>();
            Go(space, first, path, stop, verdicts => told.Add(verdicts));

            // The process is gone; a new one asks the same again and tells what the ledger holds, then goes on.
            path.Clear();
            ISearchStrategy second = Create(space, 1);
            int next = 0;
            Go(space, second, path, Rounds, judged: verdicts =>
            {
                if (next < told.Count)
                {
                    Assert.That(verdicts.Select(verdict => verdict.Candidate.Coefficients), Is.EqualTo(told[next++].Select(verdict => verdict.Candidate.Coefficients)));
                }
            });
            Assert.That(path, Is.EqualTo(whole), $"stopped after {stop} batches");
        }
    }

    [Test]
    public void Tell_InPiecesAndAnyOrder_ProposesTheSameBits()
    {
        SearchSpace space = Space();
        var path = new List<double>();
        ISearchStrategy strategy = Create(space, 1);
        for (int round = 0; round < Rounds && strategy.StopReason is null; round++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Add(path, candidates);
            foreach (Verdict[] piece in Judge(space, candidates).Reverse().Chunk(3))
            {
                strategy.Tell(piece);
            }
        }

        Assert.That(path, Is.EqualTo(Path(1)));
    }

    [Test]
    public void Tell_CallersChangeTheirListsAfterwards_DoesNotMatter()
    {
        SearchSpace space = Space();
        var path = new List<double>();
        Go(space, Create(space, 1), path, Rounds, told: verdicts =>
        {
            for (int i = 0; i < verdicts.Length; i++)
            {
                ((double[]?)verdicts[i].Objectives)?.AsSpan().Fill(-1e9);
                verdicts[i] = verdicts[0];
            }
        });
        Assert.That(path, Is.EqualTo(Path(1)));
    }

    [Test]
    public void Tell_WrongVerdicts_AreRefusedWholeAndChangeNothing()
    {
        SearchSpace space = Space();
        var path = new List<double>();
        ISearchStrategy strategy = Create(space, 1);
        for (int round = 0; round < Rounds && strategy.StopReason is null; round++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Add(path, candidates);
            Verdict[] good = Judge(space, candidates);
            Verdict last = good[^1];
            foreach (Verdict bad in new[]
            {
                last with { Candidate = last.Candidate with { Generation = last.Candidate.Generation + 1 } },
                last with { Candidate = last.Candidate with { Index = last.Candidate.Index + 100_000 } },
                last with { Candidate = last.Candidate with { Index = -1 } },
                last with { Candidate = last.Candidate with { Coefficients = [.. last.Candidate.Coefficients, 0] } },
                last with { Objectives = [] },
                last with { Objectives = [.. last.Objectives!, 1] },
                last with { Objectives = [.. last.Objectives!.Skip(1), double.NaN] },
                last with { Objectives = [.. last.Objectives!.Skip(1), double.PositiveInfinity] },
                last with { Objectives = [.. last.Objectives!.Skip(1), double.NegativeInfinity] },
            })
            {
                Assert.That(() => strategy.Tell([.. good[..^1], bad]), Throws.ArgumentException, $"{bad}");
            }

            Assert.That(() => strategy.Tell([.. good, good[0]]), Throws.ArgumentException, "the same twice in one call");
            strategy.Tell(good);
            Assert.That(() => strategy.Tell([good[0]]), Throws.ArgumentException, "told before");
        }

        Assert.That(path, Is.EqualTo(Path(1)));
    }

    [Test]
    public void Tell_SomeFailed_GoesOnAndRecommendsWhatDidNot()
    {
        int number = 0;
        AssertGoesOn(judged => [.. judged.Select(verdict => ++number % 3 == 0 ? new Verdict(verdict.Candidate, null) : verdict)]);
    }

    [Test]
    public void Tell_SomePruned_GoesOnAndRecommendsWhatWasNot([Values] bool hasEstimates)
    {
        AssertGoesOn(judged =>
        {
            double worst = judged.Select(verdict => verdict.Objectives![0]).Order().ElementAt(Math.Max(1, judged.Length / 2) - 1);
            return [.. judged.Select(verdict => verdict.Objectives![0] > worst
                ? new Verdict(verdict.Candidate, null) { IsPruned = true, Estimate = hasEstimates && Objectives == 1 ? verdict.Objectives[0] : null }
                : verdict)];
        });
    }

    [Test]
    public void Tell_AllFailed_GoesOnOrSaysWhyNot()
    {
        SearchSpace space = Space();
        ISearchStrategy strategy = Create(space, 1);
        for (int round = 0; round < Rounds && strategy.StopReason is null; round++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Assert.That(candidates, Is.Not.Empty);
            Assert.That(candidates.Select(candidate => ContractSpaces.Fault(space, candidate.Coefficients)), Is.All.Null);
            strategy.Tell([.. candidates.Select(candidate => new Verdict(candidate, null))]);
            if (strategy.Recommend() is { } recommendation)
            {
                Assert.That(ContractSpaces.Fault(space, recommendation.Coefficients), Is.Null);
            }
        }

        if (strategy.StopReason is { } reason)
        {
            Assert.That(reason, Is.Not.Empty);
            Assert.That(strategy.Ask(1), Is.Empty);
        }
    }

    [Test]
    public void Tell_ConstantObjective_GoesOnOrSaysWhyNot()
    {
        SearchSpace space = Space();
        ISearchStrategy strategy = Create(space, 1);
        for (int round = 0; round < 3 * Rounds && strategy.StopReason is null; round++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Assert.That(candidates, Is.Not.Empty);
            strategy.Tell([.. Judge(space, candidates).Select(verdict => verdict with { Objectives = [.. verdict.Objectives!.Select(_ => 1.0)] })]);
            AssertRecommends(space, strategy);
        }
    }

    [TestCaseSource(nameof(Spaces))]
    public void Learn_BeforeTheFirstAskAndLater_KeepsToTheSpaceAndStaysDeterministic(string name)
    {
        if (Refused.Contains(name))
        {
            return;
        }

        List<double> Run()
        {
            SearchSpace space = ContractSpaces.Create(name);
            ISearchStrategy strategy = Create(space, 1);
            strategy.Learn(Observations(space, 12));
            Assert.That(strategy.Recommend(), Is.Null.Or.Property(nameof(Recommendation.Coefficients)).Matches<IReadOnlyList<double>>(x => ContractSpaces.Fault(space, x) is null));
            var path = new List<double>();
            Go(space, strategy, path, Rounds, told: _ => strategy.Learn(Observations(space, 3)));
            return path;
        }

        List<double> first = Run();
        Assert.That(Run(), Is.EqualTo(first));
    }

    [Test]
    public void Learn_NothingOrOnlyFailures_StartsAsUsual()
    {
        SearchSpace space = Space();
        ISearchStrategy strategy = Create(space, 1);
        strategy.Learn([]);
        var path = new List<double>();
        Go(space, strategy, path, Rounds);
        Assert.That(path, Is.EqualTo(Path(1)));

        ISearchStrategy other = Create(space, 1);
        other.Learn([.. Observations(space, 5).Select(observation => observation with { Objectives = null })]);
        Assert.That(other.Ask(1), Is.Not.Empty);
    }

    [Test]
    public void Learn_WrongObservations_AreRefusedWholeAndChangeNothing()
    {
        SearchSpace space = Space();
        ISearchStrategy strategy = Create(space, 1);
        Observation good = Observations(space, 1)[0];
        void Refuse()
        {
            foreach (Observation bad in new Observation[]
            {
                new([0.5], [1]), new([], [1]), new([.. good.Coefficients.Select(_ => double.NaN)], [1]), new([.. good.Coefficients.Select(_ => double.PositiveInfinity)], null),
                new(good.Coefficients, []), new(good.Coefficients, [.. good.Objectives!, 1]), new(good.Coefficients, [.. good.Objectives!.Skip(1), double.NaN]),
                new(good.Coefficients, [.. good.Objectives!.Skip(1), double.NegativeInfinity]),
            })
            {
                Assert.That(() => strategy.Learn([good, bad]), Throws.ArgumentException, $"{bad}");
            }
        }

        Refuse();
        var path = new List<double>();
        Go(space, strategy, path, Rounds, told: _ => Refuse());
        Assert.That(path, Is.EqualTo(Path(1)));
    }

    [Test]
    public void Recommend_BetweenBatches_ChangesNothing()
    {
        SearchSpace space = Space();
        var path = new List<double>();
        ISearchStrategy strategy = Create(space, 1);
        Go(space, strategy, path, Rounds, told: _ =>
        {
            IReadOnlyList<double>? first = strategy.Recommend()?.Coefficients;
            Assert.That(strategy.Recommend()?.Coefficients, Is.EqualTo(first));
        });
        Assert.That(path, Is.EqualTo(Path(1)));
    }

    private void AssertGoesOn(Func<Verdict[], Verdict[]> judge)
    {
        SearchSpace space = Space();
        ISearchStrategy strategy = Create(space, 1);
        for (int round = 0; round < Rounds && strategy.StopReason is null; round++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Assert.That(candidates, Is.Not.Empty);
            strategy.Tell(judge(Judge(space, candidates)));
            AssertRecommends(space, strategy);
        }
    }

    private void AssertRecommends(SearchSpace space, ISearchStrategy strategy)
    {
        Recommendation? recommendation = strategy.Recommend();
        if (Objectives > 1)
        {
            Assert.That(recommendation, Is.Null);
            return;
        }

        Assert.That(recommendation, Is.Not.Null);
        Assert.That(recommendation!.Basis, Is.Not.Empty);
        Assert.That(recommendation.Expected is null or (> double.NegativeInfinity and < double.PositiveInfinity));
        Assert.That(ContractSpaces.Fault(space, recommendation.Coefficients), Is.Null);
    }

    private Verdict[] Judge(SearchSpace space, IEnumerable<Candidate> candidates) => [.. candidates.Select(candidate =>
        new Verdict(candidate, ContractSpaces.Objectives(space, candidate.Coefficients, Objectives))
        {
            Gradient = candidate.Gradient is null ? null : ContractSpaces.Gradient(space, candidate.Coefficients, Objectives),
        })];

    private Observation[] Observations(SearchSpace space, int count)
    {
        var rng = new Rng(77, 0, 0);
        return [.. Enumerable.Range(0, count).Select(_ => space.Decode([.. space.Axes.Select(_ => rng.NextUniform())]))
            .Select(coefficients => new Observation(coefficients, ContractSpaces.Objectives(space, coefficients, Objectives)))];
    }

    private static void Add(List<double> path, IEnumerable<Candidate> candidates)
    {
        foreach (Candidate candidate in candidates)
        {
            path.AddRange([candidate.Generation, candidate.Index, .. candidate.Coefficients]);
        }
    }

    private void Go(
        SearchSpace space, ISearchStrategy strategy, List<double> path, int rounds, Action<Verdict[]>? judged = null, Action<Verdict[]>? told = null)
    {
        for (int round = 0; round < rounds && strategy.StopReason is null; round++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Add(path, candidates);
            Verdict[] verdicts = Judge(space, candidates);
            judged?.Invoke(verdicts);
            strategy.Tell(verdicts);
            told?.Invoke(verdicts);
        }
    }

    // The richest space that the strategy serves.
    private SearchSpace Space() => ContractSpaces.Create(Spaces.Reverse().First(name => !Refused.Contains(name)));

    private List<double> Path(long seed)
    {
        SearchSpace space = Space();
        var path = new List<double>();
        Go(space, Create(space, seed), path, Rounds);
        return path;
    }

    private string Digest() => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<double>(Path(1).ToArray())));
}
