using Search.Controller;
using Search.Evaluation;
using Search.Results;

namespace Search.Storage.Tests;

internal sealed class LedgerBriefTests : StorageFixture
{
    [Test]
    public void Read_AnyLedger_SummarisesAsAllTrialsDo([Range(0, 11)] int seed)
    {
        var random = new Random(seed);
        Trial[] trials = [.. Ledger(random)];
        using (ParquetTrialLog log = ParquetTrialLog.Open(Run, "run"))
        {
            foreach (Trial[] batch in trials.Chunk(97))
            {
                log.Append(batch);
            }
        }

        LedgerBrief brief = LedgerBrief.Read(Run);
        StudySummary expected = StudySummary.Of(TrialReader.Read(Run));
        StudySummary actual = StudySummary.Of(brief.Trials);

        Trial[] searched = [.. expected.Trials.Where(trial => trial is { Role: DataRole.Search, Strategy: not Reference.Strategy, Label: null })];
        Assert.Multiple(() =>
        {
            Assert.That((brief.Searched, brief.Failed), Is.EqualTo((searched.Length, searched.Count(trial => trial.State == TrialState.Failed))));
            Assert.That(
                brief.Failures,
                Is.EqualTo(searched.Where(trial => trial.State == TrialState.Failed).GroupBy(trial => trial.Reason).Take(5).Select(group => (group.Key, (long)group.Count()))));
            Assert.That(Describe(actual), Is.EqualTo(Describe(expected)));
            Assert.That(brief.Trials, Has.Count.LessThan(trials.Length / 2));
        });
    }

    [Test]
    public void Read_SeveralObjectives_SummarisesAsAllTrialsDo([Range(0, 11)] int seed)
    {
        var random = new Random(seed);
        using (ParquetTrialLog log = ParquetTrialLog.Open(Run, "run"))
        {
            // Objectives of few values, so that many candidates share them.
            foreach (Trial[] batch in Ledger(random).Select(trial => trial.State != TrialState.Complete ? trial : trial with { Objectives = [trial.Objectives[0], Math.Round(1 - trial.Objectives[0] + (0.2 * random.NextDouble()), 2), Math.Round(random.NextDouble(), 1)] }).Chunk(97))
            {
                log.Append(batch);
            }
        }

        LedgerBrief brief = LedgerBrief.Read(Run);
        IReadOnlyList<Trial> all = TrialReader.Read(Run);
        Trial[] scored = [.. StudySummary.Comparable(all).Where(trial => trial is { Role: DataRole.Search, Label: null })];
        Assert.Multiple(() =>
        {
            Assert.That(Describe(StudySummary.Of(brief.Trials)), Is.EqualTo(Describe(StudySummary.Of(all))));
            foreach (DataRole? role in new DataRole?[] { null, DataRole.Search, DataRole.Select, DataRole.Report })
            {
                Assert.That(StudySummary.Front(brief.Trials, role).Select(Trials.Describe), Is.EqualTo(StudySummary.Front(all, role).Select(Trials.Describe)));
            }

            Assert.That(brief.Scored!.Count, Is.EqualTo(scored.Length));
            Assert.That(brief.Scored.Worst, Is.EqualTo(Enumerable.Range(0, scored.Length > 0 ? 3 : 0).Select(i => scored.Max(trial => trial.Objectives[i]))));
            Assert.That(brief.Trials, Has.Count.LessThan(all.Count / 2));
        });
    }

    [Test]
    public void ReadScores_AnyLedger_AreWhatCandidatesScored([Range(0, 5)] int seed)
    {
        using (ParquetTrialLog log = ParquetTrialLog.Open(Run, "run"))
        {
            List<Trial> trials = Ledger(new Random(seed));
            trials.Reverse();
            log.Append(trials);
            log.Append(trials[..40]);
        }

        IReadOnlyList<Trial> all = TrialReader.Read(Run);
        IReadOnlyList<CandidateScore> scores = LedgerBrief.ReadScores(Run);
        Trial[] searched = [.. all.Where(trial => trial is { Role: DataRole.Search, Strategy: not Reference.Strategy, Label: null })];
        Assert.That(scores.Select(score => (score.Id, score.Objectives?[0])), Is.EqualTo(searched.Select(trial => (trial.Id, trial.State == TrialState.Complete ? trial.Objectives[0] : (double?)null))));
        Assert.That(
            scores.Where(score => score.IsComparable).Select(score => score.Id),
            Is.EqualTo(StudySummary.Comparable(all).Where(trial => trial is { Role: DataRole.Search, Label: null }).Select(trial => trial.Id)));
    }

    [Test]
    public void Read_SomeTrials_HasAllTheirRows()
    {
        using (ParquetTrialLog log = ParquetTrialLog.Open(Run, "run"))
        {
            log.Append([.. Enumerable.Range(0, 40).Select(id => Trials.Create(id))]);
            log.Append([Trials.Create(7, DataRole.Report), Trials.Create(9, DataRole.Select)]);
        }

        Trials.AssertEqual(TrialReader.Read(Run, [9, 7, 300]), [Trials.Create(7), Trials.Create(7, DataRole.Report), Trials.Create(9), Trials.Create(9, DataRole.Select)]);
        Assert.That(TrialReader.Read(Run, []), Is.Empty);
    }

    [Test]
    public void Read_NoTrials_IsEmpty()
    {
        Assert.That(LedgerBrief.Read(Run).Searched, Is.Zero);
        Assert.That(LedgerBrief.Read(Run).Trials, Is.Empty);
        Assert.That(LedgerBrief.ReadScores(Run), Is.Empty);
    }

    private static string Describe(StudySummary summary) => string.Join(
        '\n',
        new[] { summary.Winner, summary.BestObserved, summary.Recommended, summary.SingleLambda, summary.OracleLambda }
            .Select(trial => trial is null ? "none" : $"{Trials.Describe(trial)} {summary.On(trial, DataRole.Select)?.Objectives[0]} {summary.On(trial, DataRole.Report)?.Objectives[0]}")
            .Append($"{summary.Choice} {summary.Optimism} {string.Join(' ', summary.StoppedTasks)}"));

    // References, candidates of which some fail and, in some ledgers, some were scored on a few examples; what is recommended, new or seen; rows of other roles.
    private static List<Trial> Ledger(Random random)
    {
        bool hasPartial = random.Next(2) == 0;
        bool allPartial = random.Next(6) == 0;
        bool hasSelect = random.Next(3) > 0;
        int stopped = random.Next(100, 900);
        var trials = new List<Trial>();
        foreach (int id in Enumerable.Range(0, 6))
        {
            string label = id switch { 0 => "base", 1 => "expert:a", _ => $"lambda:0.{id}" };
            Trial reference = Trials.Create(id) with { Strategy = Reference.Strategy, Label = label, Generation = null, Objectives = [random.NextDouble()] };
            trials.Add(reference);
            trials.Add(reference with { Role = DataRole.Report, Scores = new Dictionary<string, double> { ["a/accuracy"] = random.NextDouble() } });
        }

        for (int id = 6; id < 1000; id++)
        {
            var scores = new Dictionary<string, double> { ["a/entropy"] = random.NextDouble() };
            if (allPartial || (hasPartial && random.Next(3) == 0))
            {
                scores["a/examples"] = 8;
            }

            if (id >= stopped)
            {
                scores["a/stopped"] = 1;
            }

            if (id >= stopped + 50)
            {
                scores["b/stopped"] = 1;
            }

            Trial trial = Trials.Create(id) with { Objectives = [Math.Round(random.NextDouble(), 2)], Scores = scores };
            trials.Add(random.Next(10) > 0 ? trial : trial with { State = TrialState.Failed, Reason = $"reason {random.Next(9)}", Objectives = [], Scores = new Dictionary<string, double>() });
        }

        Trial seen = trials.Last(trial => trial.State == TrialState.Complete);
        Trial recommended = random.Next(2) == 0
            ? seen with { Id = 2000, Label = "recommended", Generation = null }
            : Trials.Create(2000) with { Label = "recommended", Objectives = [0.1], Generation = null };
        trials.Add(recommended);
        if (hasSelect)
        {
            foreach (Trial chosen in trials.Where(trial => trial.State == TrialState.Complete && trial.Strategy != Reference.Strategy).OrderBy(trial => trial.Objectives[0]).Take(10).ToArray())
            {
                trials.Add(chosen with { Role = DataRole.Select, Objectives = [random.NextDouble()] });
                trials.Add(chosen with { Role = DataRole.Report, Objectives = [random.NextDouble()] });
            }
        }

        return trials;
    }
}
