using Search.Evaluation;
using Search.Results;
using Search.Strategies;

namespace Search.Controller;

/// <summary>
/// How far a trial's objectives may be from what more data of the same kind would give: 95 % percentile intervals over blocks of examples drawn
/// anew, task by task (Efron and Tibshirani 1993, §13.3). All trials see the same draws, so that differences between them can be read off.
/// </summary>
/// <param name="study">The study.</param>
public sealed class ObjectiveIntervals(StudyDefinition study)
{
    /// <summary>How many times blocks are drawn.</summary>
    public const int Resamples = 2000;

    private const double Tail = 0.025;
    private const int FewestBlocks = 8; // drawing a few anew says too little: of one, nothing

    private readonly Dictionary<(int Task, int Blocks), int[][]> _picked = [];

    /// <summary>Estimates the intervals.</summary>
    /// <param name="trial">A complete trial.</param>
    /// <returns>One interval an objective, or null where the ledger has fewer than eight blocks for a score that it needs.</returns>
    public IReadOnlyList<(double Lower, double Upper)?> Of(Trial trial)
    {
        string[] tasks = [.. study.Tasks.Select(task => task.Name).Where(task => trial.Blocks.ContainsKey($"{task}/{PredictionScores.Entropy}"))];
        double[] still = new double[trial.Coefficients.Count];
        var intervals = new List<(double, double)?>();
        foreach (Objective objective in study.Objectives)
        {
            string[] needed = [.. objective.Terms.Select(term => term.Score.Name)];
            int values = objective.Count(study.Tasks.Count);
            if (tasks.Length < study.Tasks.Count || tasks.Any(task => needed.Any(score => !(trial.Blocks.TryGetValue($"{task}/{score}", out IReadOnlyList<double>? means) && means.Count >= FewestBlocks))))
            {
                intervals.AddRange(Enumerable.Repeat<(double, double)?>(null, values));
                continue;
            }

            // What the coefficients add is the same in every draw.
            (string Score, double[] Means)[][] blocks = [.. tasks.Select(task => needed.Distinct().Select(score => (score, trial.Blocks[$"{task}/{score}"].ToArray())).ToArray())];
            Dictionary<string, double>[] scores = [.. tasks.Select(_ => new Dictionary<string, double>())];
            TaskScores[] drawn = [.. tasks.Zip(scores, (task, means) => new TaskScores(task, means, 1, 1))];
            IReadOnlyList<double> Values(Func<int, double[], double> mean)
            {
                for (int t = 0; t < blocks.Length; t++)
                {
                    foreach ((string score, double[] means) in blocks[t])
                    {
                        scores[t][score] = mean(t, means);
                    }
                }

                return objective.Values(drawn, still, still);
            }

            int[][][] picked = [.. blocks.Select((task, t) => Draws(t, task[0].Means.Length))];
            IReadOnlyList<double> whole = Values((_, means) => means.Average());
            double[][] draws = [.. Enumerable.Range(0, values).Select(_ => new double[Resamples])];
            for (int draw = 0; draw < Resamples; draw++)
            {
                IReadOnlyList<double> resampled = Values((t, means) =>
                {
                    double sum = 0;
                    foreach (int block in picked[t][draw])
                    {
                        sum += means[block];
                    }

                    return sum / means.Length;
                });
                for (int i = 0; i < values; i++)
                {
                    draws[i][draw] = resampled[i] - whole[i];
                }
            }

            foreach (double[] differences in draws)
            {
                Array.Sort(differences);
                double value = trial.Objectives[intervals.Count];
                intervals.Add((value + differences[(int)(Tail * Resamples)], value + differences[Resamples - 1 - (int)(Tail * Resamples)]));
            }
        }

        return intervals;
    }

    // By draw, which blocks.
    private int[][] Draws(int task, int blocks)
    {
        if (!_picked.TryGetValue((task, blocks), out int[][]? draws))
        {
            draws = [.. Enumerable.Range(0, Resamples).Select(draw =>
            {
                var random = new Rng(0, draw, task);
                return Enumerable.Range(0, blocks).Select(_ => (int)(random.NextUniform() * blocks)).ToArray();
            })];
            _picked.Add((task, blocks), draws);
        }

        return draws;
    }
}
