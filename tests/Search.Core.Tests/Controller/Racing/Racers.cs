using Search.Controller;
using Search.Controller.Racing;
using Search.Evaluation;
using Search.Results;

namespace Search.Tests.Controller.Racing;

// Racers with the scores of task p that a test gives them.
internal static class Racers
{
    // A rung an array of blocks, each of as many examples as told; the objective is the mean of all so far.
    public static Racer Of(long id, int size, params double[][] rungs)
    {
        var racer = new Racer(new ScoreRequest(SearchTrials.Complete(id), []));
        for (int rung = 0; rung < rungs.Length; rung++)
        {
            racer.Add(SearchTrials.Complete(id, rungs.Take(rung + 1).SelectMany(blocks => blocks).Average()) with
            {
                Rung = rung,
                Scores = new Dictionary<string, double> { ["p/examples"] = size * rungs[rung].Length },
                Blocks = new Dictionary<string, IReadOnlyList<double>> { ["p/entropy"] = rungs[rung] },
            });
        }

        return racer;
    }

    // Of whom only objectives are known.
    public static Racer With(long id, params double[] objectives) => Infeasible(id, 0, objectives);

    // By so much.
    public static Racer Infeasible(long id, double violation, params double[] objectives)
    {
        var racer = new Racer(new ScoreRequest(SearchTrials.Complete(id), []));
        racer.Add(SearchTrials.Complete(id, objectives), violation);
        return racer;
    }

    public static RaceField Field(IReadOnlyList<Racer> running, int? entered = null, IReadOnlyList<Racer>? earlier = null, IReadOnlyList<Racer>? best = null, int looks = 3, double share = 0.25) =>
        new(running, earlier ?? [], best ?? [])
        {
            Entered = entered ?? running.Count,
            Looks = looks,
            Share = share,
            Test = new PairedTest([new Objective(ScoreKind.Entropy)], ["p"]),
        };

    // A finite population's first examples in a random order, for each of several candidates the same.
    public static double[][] Draw(double[][] population, int examples, long seed)
    {
        var random = new Rng(seed, 0, 0);
        int[] order = [.. Enumerable.Range(0, population[0].Length)];
        for (int i = 0; i < examples; i++)
        {
            int j = i + (int)(random.NextUniform() * (order.Length - i));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return [.. population.Select(values => order[..examples].Select(example => values[example]).ToArray())];
    }
}
