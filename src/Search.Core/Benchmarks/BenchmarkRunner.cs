using System.Diagnostics;
using Search.Strategies;

namespace Search.Benchmarks;

/// <summary>Drives strategies over problems, several runs at once; what is recorded, but for times, does not depend on how many.</summary>
/// <param name="threads">How many runs go on at once.</param>
public sealed class BenchmarkRunner(int threads)
{
    /// <summary>Runs every strategy on every problem.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="entrants">The strategies.</param>
    /// <param name="progress">Is told after every run how many are done; called by several threads.</param>
    /// <param name="cancellationToken">Ends it after the evaluations under way.</param>
    /// <returns>What was recorded, in the order of problems, then of strategies.</returns>
    /// <exception cref="SearchException">A strategy cannot be created or broke its contract.</exception>
    public IReadOnlyList<BenchmarkRow> Run(
        IReadOnlyList<BenchmarkProblem> problems, IReadOnlyList<BenchmarkEntrant> entrants, Action<int> progress, CancellationToken cancellationToken = default)
    {
        (BenchmarkProblem Problem, BenchmarkEntrant Entrant)[] runs = [.. problems.SelectMany(problem => entrants.Select(entrant => (problem, entrant)))];
        var rows = new IReadOnlyList<BenchmarkRow>[runs.Length];
        int done = 0;
        try
        {
            // One by one, not in ranges: runs differ a thousandfold in length.
            Parallel.ForEach(
                System.Collections.Concurrent.Partitioner.Create(Enumerable.Range(0, runs.Length), System.Collections.Concurrent.EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken },
                i =>
                {
                    rows[i] = Run(runs[i].Problem, runs[i].Entrant, cancellationToken);
                    progress(Interlocked.Increment(ref done));
                });
        }
        catch (AggregateException exception) when (exception.InnerException is SearchException or OperationCanceledException)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerException);
        }

        return [.. rows.SelectMany(row => row)];
    }

    private static List<BenchmarkRow> Run(BenchmarkProblem problem, BenchmarkEntrant entrant, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        ISearchStrategy strategy = entrant.Create(problem.Space, problem.Seed, problem.Budget, problem.Front?.Reference.Count ?? 1);
        if (problem.Front is { } front)
        {
            return Run(problem, front, strategy, new FrontRecord(problem, entrant.Label), start, cancellationToken);
        }

        var record = new BenchmarkRecord(problem, entrant.Label);
        while (!record.IsOver)
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            if (candidates.Count == 0)
            {
                break;
            }

            var verdicts = new Verdict[candidates.Count];
            for (int i = 0; i < verdicts.Length; i++)
            {
                double value = problem.Objective(candidates[i].Coefficients);
                record.Add(candidates[i].Coefficients, value);
                verdicts[i] = new Verdict(candidates[i], double.IsFinite(value) ? [value] : null);
            }

            strategy.Tell(verdicts);
        }

        return record.Finish(strategy.Recommend(), Stopwatch.GetElapsedTime(start));
    }

    private static List<BenchmarkRow> Run(BenchmarkProblem problem, FrontProblem front, ISearchStrategy strategy, FrontRecord record, long start, CancellationToken cancellationToken)
    {
        while (!record.IsOver)
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            if (candidates.Count == 0)
            {
                break;
            }

            var verdicts = new Verdict[candidates.Count];
            for (int i = 0; i < verdicts.Length; i++)
            {
                double[] values = front.Objectives(candidates[i].Coefficients);
                record.Add(candidates[i].Coefficients, values);
                verdicts[i] = new Verdict(candidates[i], values);
            }

            strategy.Tell(verdicts);
        }

        return record.Finish(Stopwatch.GetElapsedTime(start));
    }
}
