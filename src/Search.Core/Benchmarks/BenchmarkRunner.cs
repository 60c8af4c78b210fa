using System.Diagnostics;
using Search.Strategies;
using Search.Strategies.Genetic;

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
            var fronts = new FrontRecord(problem, entrant.Label);
            Drive(strategy, () => fronts.IsOver, x => fronts.Add(x, front.Objectives(x)), cancellationToken, () => fronts.Left, () => fronts.See(
                strategy.RecommendFront, strategy is GeneticStrategy genetic && ReferenceEquals(front.True, front.Objectives) ? [.. genetic.Population.Select(one => one.Objectives)] : null));
            return fronts.Finish(Stopwatch.GetElapsedTime(start));
        }

        var record = new BenchmarkRecord(problem, entrant.Label);
        Drive(strategy, () => record.IsOver, x => record.Add(x, problem.Objective(x)), cancellationToken);
        return record.Finish(strategy.Recommend(), Stopwatch.GetElapsedTime(start));
    }

    // Until it is over or nothing more comes; a generation that has begun is finished, or cut where a checkpoint is.
    private static void Drive(
        ISearchStrategy strategy, Func<bool> isOver, Func<IReadOnlyList<double>, double[]> score, CancellationToken cancellationToken, Func<long>? left = null, Action? told = null)
    {
        while (!isOver())
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<Candidate> candidates = strategy.Ask((int)Math.Min(strategy.PopulationSize, left?.Invoke() ?? long.MaxValue));
            if (candidates.Count == 0)
            {
                break;
            }

            strategy.Tell([.. candidates.Select(candidate => new Verdict(candidate, score(candidate.Coefficients) is var values && values.All(double.IsFinite) ? values : null))]);
            told?.Invoke();
        }
    }
}
