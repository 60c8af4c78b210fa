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
            IReadOnlyList<double> Values(Func<int, string, double> mean) => objective.Values(
                [.. tasks.Select((task, t) => new TaskScores(task, needed.Distinct().ToDictionary(score => score, score => mean(t, score)), 1, 1))], still, still);
            Dictionary<string, IReadOnlyList<double>>[] blocks = [.. tasks.Select(task => needed.Distinct().ToDictionary(score => score, score => trial.Blocks[$"{task}/{score}"]))];
            int[][][] picked = [.. blocks.Select((means, t) => Draws(t, means[needed[0]].Count))];
            IReadOnlyList<double> whole = Values((t, score) => blocks[t][score].Average());
            double[][] draws = [.. Enumerable.Range(0, values).Select(_ => new double[Resamples])];
            for (int draw = 0; draw < Resamples; draw++)
            {
                IReadOnlyList<double> drawn = Values((t, score) =>
                {
                    IReadOnlyList<double> means = blocks[t][score];
                    double sum = 0;
                    foreach (int block in picked[t][draw])
                    {
                        sum += means[block];
                    }

                    return sum / means.Count;
                });
                for (int i = 0; i < values; i++)
                {
                    draws[i][draw] = drawn[i] - whole[i];
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
