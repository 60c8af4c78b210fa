using System.Globalization;
using Search.Evaluation;
using Search.Results;
using Search.Results.Fronts;

namespace Search.Controller.Racing;

/// <summary>
/// Races the candidates that a strategy proposes together. Every rung is a row of the ledger, and what is decided is a function of these rows alone, so that
/// a race that was cut off anywhere goes on as if it had not been. Who comes to the end has been scored on every example once. Where the study has constraints, a
/// candidate is as infeasible as its scores on the examples so far say, so that rules never prefer an infeasible one for its objective; floors are those of all
/// examples, since the base and the experts do not race.
/// </summary>
/// <param name="study">The study.</param>
/// <param name="racing">How it races.</param>
/// <param name="scorer">Merges and scores.</param>
/// <param name="recorder">The run's ledger.</param>
/// <param name="progress">Hears of rungs.</param>
internal sealed class Race(StudyDefinition study, RacingDefinition racing, CandidateScorer scorer, TrialRecorder recorder, IStudyProgress progress)
{
    private readonly IReadOnlyList<double> _shares = racing.Shares;
    private readonly IReadOnlyList<ExampleStretch> _stretches = racing.Stretches(study.Seed);
    private readonly string[] _tasks = [.. study.Tasks.Select(task => task.Name)];
    private readonly PairedTest _test = new(study.Objectives, [.. study.Tasks.Select(task => task.Name)]);
    private readonly List<Racer> _alone = []; // candidates that came alone, with those that come alone later

    /// <summary>Runs a race, so that the ledger says how each candidate ended.</summary>
    /// <param name="requests">The candidates.</param>
    /// <param name="feasibility">What the study's constraints say; null where it has none.</param>
    /// <param name="cancellationToken">Stops between batches; what was scored is recorded.</param>
    /// <returns>For candidates that lost in a search for one minimum, by their numbers: about what the objective would be, the better the later they lost.</returns>
    /// <exception cref="StudyException">The ledger does not belong to this study.</exception>
    public IReadOnlyDictionary<long, double> Run(IReadOnlyList<ScoreRequest> requests, FeasibilityRule? feasibility, CancellationToken cancellationToken)
    {
        List<Racer> running = [.. requests.Select(request => new Racer(request))];
        Racer[] before = requests.Count == 1 ? [.. _alone] : [];
        Racer[] best = Best(before);
        var lost = new List<Racer>(); // worst first
        if (requests.Count == 1)
        {
            _alone.Add(running[0]);
        }

        for (int rung = 0; rung < _stretches.Count && running.Count > 0; rung++)
        {
            progress.Rung(rung, _stretches.Count, running.Count);
            Score(running, rung, feasibility, cancellationToken);
            if (rung == _stretches.Count - 1 || running.Count == 0)
            {
                continue;
            }

            var field = new RaceField(running, [.. before.Where(racer => racer.Rungs.Count > rung).Select(racer => racer.After(rung + 1))], [.. best.Select(racer => racer.After(rung + 1))])
            {
                Entered = requests.Count,
                Looks = _stretches.Count - 1,
                Share = _shares[rung],
                Test = _test,
            };
            IReadOnlyList<(Racer Loser, Racer Rival)> losers = racing.Rule.Losers(field);
            foreach ((Racer loser, Racer rival) in losers.Reverse())
            {
                running.RemoveAll(racer => racer.Id == loser.Id);
                lost.Add(loser);
                End(loser, RungRows.Spent(loser.Request.Trial, loser.Rungs) with
                {
                    State = TrialState.Pruned,
                    Reason = string.Create(CultureInfo.InvariantCulture, $"raced out by trial {rival.Id} at {100 * _shares[rung]:0.##} % of the examples"),
                }, cancellationToken);
            }
        }

        foreach (Racer racer in running)
        {
            racer.HasFinished = true;
            End(racer, scorer.Finish(RungRows.Spent(racer.Request.Trial, racer.Rungs), RungRows.Join(racer.Rungs, _tasks)), cancellationToken);
        }

        return study.ObjectiveCount == 1 ? Estimates(running, lost, feasibility?.Copy()) : new Dictionary<long, double>();
    }

    // Of the candidates that came alone and to the end, the least infeasible that none of these dominates.
    private static Racer[] Best(IReadOnlyList<Racer> before)
    {
        Racer[] finished = [.. before.Where(racer => racer.HasFinished)];
        finished = [.. finished.Where(racer => racer.Violation == finished.Min(other => other.Violation))];
        return [.. Dominance.Front([.. finished.Select(racer => racer.Objectives.ToArray())]).Select(index => finished[index])];
    }

    // What lost later is better than what lost earlier, and worse than what was scored to the end, whatever its examples said by chance.
    private static Dictionary<long, double> Estimates(IReadOnlyList<Racer> finished, IReadOnlyList<Racer> lost, FeasibilityRule? feasibility)
    {
        double Told(Racer racer) => (feasibility?.Told(racer.Objectives, racer.Violation) ?? racer.Objectives)[0]; // as strategies are told
        double least = finished.Select(Told).DefaultIfEmpty(double.NegativeInfinity).Max();
        var estimates = new Dictionary<long, double>();
        foreach (Racer racer in lost.Reverse())
        {
            least = Math.Max(Told(racer), Math.BitIncrement(least));
            estimates.Add(racer.Id, least);
        }

        return estimates;
    }

    // Adds a rung to each candidate, and takes those out that fail.
    private void Score(List<Racer> running, int rung, FeasibilityRule? feasibility, CancellationToken cancellationToken)
    {
        Dictionary<long, Trial?> known = running.ToDictionary(racer => racer.Id, racer => recorder.TakeRung(racer.Id, rung));
        ScoreRequest[] missing = [.. running.Where(racer => known[racer.Id] is null).Select(racer => racer.Request with { Part = _stretches[rung] })];
        using IEnumerator<Trial> scored = scorer.Score(missing, cancellationToken).GetEnumerator();
        foreach (Racer racer in running.ToArray())
        {
            cancellationToken.ThrowIfCancellationRequested();
            Trial? row = known[racer.Id];
            if (row is null)
            {
                scored.MoveNext();
                row = Judged(racer, scored.Current with { Rung = rung });
                recorder.AddRung(row, cancellationToken);
            }
            else if (!row.Coefficients.SequenceEqual(racer.Request.Trial.Coefficients))
            {
                throw StudyController.OtherCoefficients(row);
            }

            bool hasFailed = row.State == TrialState.Failed;
            racer.Add(row, hasFailed || feasibility is null ? 0 : feasibility.Violation(row.Objectives, RungRows.Scores(RungRows.Join([.. racer.Rungs, row], _tasks))));
            if (hasFailed)
            {
                running.Remove(racer);
                _alone.Remove(racer); // it says nothing of those that come later
                End(racer, RungRows.Spent(row with { Rung = null }, racer.Rungs), cancellationToken);
            }
        }
    }

    // With the objectives of all examples so far.
    private Trial Judged(Racer racer, Trial row)
    {
        if (row.State == TrialState.Failed)
        {
            return row;
        }

        double[] objectives = scorer.Objectives(RungRows.Join([.. racer.Rungs, row], _tasks), row.Coefficients);
        return objectives.All(double.IsFinite) ? row with { Objectives = objectives } : row with { State = TrialState.Failed, Reason = CandidateScorer.NotFinite(objectives) };
    }

    private void End(Racer racer, Trial trial, CancellationToken cancellationToken)
    {
        if (recorder.Find(racer.Id, DataRole.Search) is null)
        {
            recorder.Add(trial, cancellationToken);
        }
    }
}
