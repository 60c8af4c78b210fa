using Search.Evaluation;
using Search.Merging;

namespace Search.Tests.Controller.Racing;

// Each example of task p wants a number of its own in blocks.0, about 0.6, and each of task q in blocks.1, about 0.2: a part of them says a little of all.
internal sealed class ExampleEvaluator(double spread) : IPartialEvaluator
{
    public const int Examples = 64;

    private static readonly double[] Wanted = [0.6, 0.2];

    public int Calls { get; private set; }

    public long Scored { get; private set; }

    public Func<int, bool> Fails { get; init; } = _ => false;

    public string Engine => "examples";

    public string Device => "cpu";

    public string Version => "1";

    public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => Evaluate(weights, null);

    public EvaluationResult Evaluate(WeightSet weights, DataRole role, ExampleStretch part, CancellationToken cancellationToken) => Evaluate(weights, part);

    // What a candidate's objective is on all examples.
    public double Value(double first, double second) => new[] { first, second }.Select((weight, task) => Enumerable.Range(0, Examples).Average(example => Score(task, example, weight))).Average();

    public void Dispose()
    {
    }

    private EvaluationResult Evaluate(WeightSet weights, ExampleStretch? part)
    {
        if (Fails(++Calls))
        {
            throw new EvaluationException("logits of task 'p' are not finite");
        }

        return new EvaluationResult([.. new[] { "p", "q" }.Select((name, task) =>
        {
            long[] examples = part?.Choose(task, Examples) ?? [.. Enumerable.Range(0, Examples)];
            var blocks = new ScoreBlocks(examples.Length, 1);
            double sum = 0;
            double first = 0;
            foreach ((int place, long example) in examples.Index())
            {
                double score = Score(task, example, weights[task].Span[0]);
                blocks.Add(0, place, score);
                sum += score;
                first += 1 / (2.0 + example);
            }

            Scored += examples.Length;
            double[] prediction = [first / examples.Length, 1 - (first / examples.Length)];
            return new TaskScores(
                name,
                new Dictionary<string, double> { ["entropy"] = sum / examples.Length, ["marginal_entropy"] = -prediction.Sum(p => p * Math.Log(p)) },
                examples.Length,
                part is null ? 8 : 1)
            {
                Blocks = new Dictionary<string, IReadOnlyList<double>> { ["entropy"] = blocks.Means(0) },
                MeanPrediction = prediction,
            };
        })], TimeSpan.Zero, TimeSpan.Zero);
    }

    private double Score(int task, long example, double weight)
    {
        double distance = weight - Wanted[task] - (spread * new Rng(7, task, example).NextGaussian());
        return distance * distance;
    }
}
