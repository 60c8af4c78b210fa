using MathNet.Numerics.Distributions;
using Search.Evaluation;
using Search.Results;

namespace Search.Controller.Racing;

/// <summary>
/// Whether two candidates' scores on a random part of the examples, the same for both, differ by more than the part's luck: Student's test of the paired
/// differences of means of blocks, task by task. It is about all of the search data, from which the part was drawn without replacement.
/// </summary>
/// <param name="objectives">The study's objectives, sums of means over examples.</param>
/// <param name="tasks">The names of its tasks.</param>
internal sealed class PairedTest(IReadOnlyList<Objective> objectives, IReadOnlyList<string> tasks)
{
    private const double FewestFreedom = 7; // as few blocks say nothing elsewhere

    // By objective: the scores that it sums, with what each is multiplied by.
    private readonly (string Task, string Score, double Weight)[][] _terms = [.. objectives.SelectMany(objective => objective.Aggregate == Aggregation.None
        ? tasks.Select(task => Terms(objective, [task]))
        : [Terms(objective, tasks)])];

    /// <summary>The probability of as large a difference or a larger one, were the candidate no worse than its rival.</summary>
    /// <param name="objective">Which objective.</param>
    /// <param name="racer">The candidate.</param>
    /// <param name="rival">The rival, with as many rungs.</param>
    /// <param name="share">The share of each task's examples that they were scored on.</param>
    /// <returns>The one-sided level; 1 where it is not worse so far, or where there are too few blocks to tell.</returns>
    public double Level(int objective, Racer racer, Racer rival, double share)
    {
        double difference = racer.Objectives[objective] - rival.Objectives[objective];
        if (difference <= 0)
        {
            return 1;
        }

        double variance = 0;
        double squares = 0;
        double freedom = 0;
        foreach (IGrouping<string, (string Task, string Score, double Weight)> task in _terms[objective].GroupBy(term => term.Task))
        {
            // A block's mean has the variance of one example divided by how many it has.
            List<(double Value, double Size)> blocks = Differences([.. task], racer, rival);
            double examples = blocks.Sum(block => block.Size);
            double mean = blocks.Sum(block => block.Size * block.Value) / examples;
            double own = blocks.Count < 2 ? double.NaN : blocks.Sum(block => block.Size * (block.Value - mean) * (block.Value - mean)) / (blocks.Count - 1) / examples;
            variance += own;
            squares += own * own / (blocks.Count - 1);
            freedom += blocks.Count - 1;
        }

        if (double.IsNaN(variance) || freedom < FewestFreedom)
        {
            return 1;
        }

        // Cochran 1977, eq. 2.20, for what is drawn without replacement; Satterthwaite 1946 for the degrees of freedom.
        double deviation = Math.Sqrt(variance * (1 - share));
        return deviation == 0 ? 0 : StudentT.CDF(0, 1, variance * variance / squares, -difference / deviation);
    }

    private static (string, string, double)[] Terms(Objective objective, IReadOnlyList<string> tasks) =>
        [.. tasks.Zip(objective.TaskWeights(tasks)).SelectMany(task => objective.Terms.Zip(task.Second, (term, weight) => (task.First, term.Score.Name, weight)))];

    private static List<(double Value, double Size)> Differences((string Task, string Score, double Weight)[] terms, Racer racer, Racer rival)
    {
        var blocks = new List<(double, double)>();
        foreach ((Trial mine, Trial other) in racer.Rungs.Zip(rival.Rungs))
        {
            IReadOnlyList<double>[] mines = [.. terms.Select(term => mine.Blocks[$"{term.Task}/{term.Score}"])];
            IReadOnlyList<double>[] others = [.. terms.Select(term => other.Blocks[$"{term.Task}/{term.Score}"])];
            double size = mine.Scores[$"{terms[0].Task}/{ExampleChoice.Mark}"] / mines[0].Count;
            for (int block = 0; block < mines[0].Count; block++)
            {
                double difference = 0;
                for (int term = 0; term < terms.Length; term++)
                {
                    difference += terms[term].Weight * (mines[term][block] - others[term][block]);
                }

                blocks.Add((difference, size));
            }
        }

        return blocks;
    }
}
