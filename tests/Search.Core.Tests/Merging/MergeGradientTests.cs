using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;
using Search.Strategies;
using Search.Strategies.AdaMerging;

namespace Search.Tests.Merging;

public sealed class MergeGradientTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(1);

    [Test]
    public void Add_TensorsOfEveryLength_GivesTheDotProductsWithTheTaskVectors([Values] bool resident, [Values(TensorType.F32, TensorType.BF16)] TensorType type)
    {
        // Shorter than a slice, a slice and a bit, several stretches and a bit.
        int[] lengths = [1, 2049, 200_001];
        using ModelFamily family = Family(type, lengths, experts: 3);
        var gradient = new MergeGradient(resident ? TaskVectors.Resident(family) : TaskVectors.Mapped(family));
        for (int t = 0; t < lengths.Length; t++)
        {
            float[] values = Draw(lengths[t]);
            gradient.Add(t, values);
            for (int k = 0; k < 3; k++)
            {
                float[] expert = Read(family.Experts[k].Value, t);
                float[] start = Read(family.Base, t);
                double sum = 0;
                double size = 0;
                for (int i = 0; i < values.Length; i++)
                {
                    double product = (double)values[i] * ((double)expert[i] - start[i]);
                    sum += product;
                    size += Math.Abs(product);
                }

                Assert.That(gradient[t, k], Is.EqualTo(sum).Within(1e-6 * size), $"tensor {t}, expert {k}");
            }
        }
    }

    [Test]
    public void Add_MappedVectors_GivesTheBitsOfResidentOnes()
    {
        using ModelFamily family = Family(TensorType.F16, [150_000], experts: 2);
        float[] values = Draw(150_000);
        Assert.That(Dots(TaskVectors.Mapped(family), values), Is.EqualTo(Dots(TaskVectors.Resident(family), values)));
    }

    [Test]
    public void Add_ManyCallersAtOnce_GivesTheSameBitsWhateverThreadsAreFree()
    {
        using ModelFamily family = Family(TensorType.F32, [400_000], experts: 2);
        TaskVectors vectors = TaskVectors.Resident(family);
        float[] values = Draw(400_000);
        double[] alone = Dots(vectors, values);
        double[][] together = new double[24][];
        Parallel.For(0, together.Length, new ParallelOptions { MaxDegreeOfParallelism = 12 }, i => together[i] = Dots(vectors, values));
        Assert.That(together, Is.All.EqualTo(alone));
    }

    [Test]
    public void Add_SeveralTimes_AddsUpUntilCleared()
    {
        using ModelFamily family = Family(TensorType.F32, [5], experts: 1);
        var gradient = new MergeGradient(TaskVectors.Resident(family));
        float[] values = Draw(5);
        gradient.Add(0, values);
        double once = gradient[0, 0];
        gradient.Add(0, values);
        Assert.That(gradient[0, 0], Is.EqualTo(2 * once));
        gradient.Clear();
        Assert.That(gradient[0, 0], Is.Zero);
    }

    [Test]
    public void Gradient_OfAnyMerge_EqualsFiniteDifferencesOfDecode([ValueSource(typeof(LinearOperators), nameof(LinearOperators.All))] MergeOperator merge, [Values] Granularity granularity)
    {
        using ModelFamily family = Family(TensorType.F32, [4, 3, 6], experts: 3);
        MergeSpace space = Space(family, merge, granularity);
        var gradient = new MergeGradient(TaskVectors.Resident(family));
        for (int t = 0; t < 3; t++)
        {
            gradient.Add(t, Draw((int)family.Shared[t].ElementCount));
        }

        double[] at = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.3 + (0.1 * (i % 4)))];
        double Linear(double[] coefficients)
        {
            MergeWeights weights = space.Decode(coefficients);
            return Enumerable.Range(0, 3).Sum(t => Enumerable.Range(0, 3).Sum(k => weights[t][k] * gradient[t, k]));
        }

        IReadOnlyList<double> exact = space.Gradient(at, gradient);
        const double H = 1e-3;
        for (int i = 0; i < at.Length; i++)
        {
            double[] Moved(double by) => [.. at.Select((value, j) => j == i ? value + by : value)];
            Assert.That(exact[i], Is.EqualTo((Linear(Moved(H)) - Linear(Moved(-H))) / (2 * H)).Within(1e-3), space.Name(i));
        }
    }

    [Test]
    public void Gradient_BatchNormStatistics_AddNothing()
    {
        using ModelFamily family = Family(TensorType.F32, [4, 3], experts: 2, ["bn.running_mean", "w"]);
        var gradient = new MergeGradient(TaskVectors.Resident(family));
        gradient.Add(0, Draw(4));
        Assert.That(Space(family, new TaskArithmetic(), Granularity.Model).Gradient([0.3, 0.3], gradient), Is.All.Zero);
        gradient.Add(1, Draw(3));
        Assert.That(Space(family, new TaskArithmetic(), Granularity.Model).Gradient([0.3, 0.3], gradient), Is.All.Not.Zero);
    }

    // L = ½ Σ (θ − 1)² over all merged weights; every tensor's coefficient of an expert is tied to the others'.
    [Test]
    public void Search_TensorwiseWithTiedCoefficients_IsTheModelwiseRunStepForStep()
    {
        using ModelFamily family = Family(TensorType.F32, [4, 3, 6], experts: 2);
        TaskVectors vectors = TaskVectors.Resident(family);
        MergeSpace tensorwise = Space(family, new TaskArithmetic(), Granularity.Tensor);
        MergeSpace modelwise = Space(family, new TaskArithmetic(), Granularity.Model);

        double[][] Path(MergeSpace space, Func<IReadOnlyList<double>, double[]> tie)
        {
            var strategy = new AdaMergingStrategy(space.ToSearchSpace(-0.5, 1.5, 0.3), new AdaMergingOptions { LearningRate = 0.02, Steps = 50, Batch = null });
            List<double[]> path = [];
            while (strategy.Ask(1) is [{ } candidate])
            {
                path.Add([.. candidate.Coefficients]);
                strategy.Tell([new Verdict(candidate, [0]) { Gradient = tie(Differentiate(vectors, space, candidate.Coefficients)) }]);
            }

            return [.. path];
        }

        double[][] model = Path(modelwise, gradient => [.. gradient]);
        double[][] tensor = Path(tensorwise, gradient => [.. gradient.Select((_, i) => gradient.Where((_, j) => j % 2 == i % 2).Sum())]);
        Assert.That(tensor.Select(point => point[..2]), Is.EqualTo(model));
        Assert.That(tensor[^1].Select((value, i) => value - model[^1][i % 2]), Is.All.Zero);
        Assert.That(model[^1], Is.Not.EqualTo(model[0]));
    }

    [Test]
    public void Search_TensorThatNoExpertChanges_KeepsItsCoefficients()
    {
        using ModelFamily family = Family(TensorType.F32, [4, 3], experts: 2, unchanged: 1);
        TaskVectors vectors = TaskVectors.Resident(family);
        MergeSpace space = Space(family, new TaskArithmetic(), Granularity.Tensor);
        var strategy = new AdaMergingStrategy(space.ToSearchSpace(-0.5, 1.5, 0.3), new AdaMergingOptions { Steps = 30, Batch = null });
        while (strategy.Ask(1) is [{ } candidate])
        {
            strategy.Tell([new Verdict(candidate, [0]) { Gradient = Differentiate(vectors, space, candidate.Coefficients) }]);
        }

        Assert.That(strategy.Point.Skip(2), Is.All.EqualTo(0.3));
        Assert.That(strategy.Point.Take(2), Is.All.Not.EqualTo(0.3));
    }

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyList<double> Differentiate(TaskVectors vectors, MergeSpace space, IReadOnlyList<double> coefficients)
    {
        var merged = new WeightSet(vectors.Layout);
        new Merger(vectors.Layout).Merge([space.Decode(coefficients).Over(vectors)], [merged]);
        var gradient = new MergeGradient(vectors);
        for (int t = 0; t < vectors.Layout.Tensors.Count; t++)
        {
            gradient.Add(t, Array.ConvertAll(merged[t].ToArray(), value => value - 1));
        }

        return space.Gradient(coefficients, gradient);
    }

    private static double[] Dots(TaskVectors vectors, float[] values)
    {
        var gradient = new MergeGradient(vectors);
        gradient.Add(0, values);
        return [.. Enumerable.Range(0, vectors.Count).Select(k => gradient[0, k])];
    }

    private static MergeSpace Space(ModelFamily family, MergeOperator merge, Granularity granularity) =>
        new(merge.Prepare(TaskVectors.Mapped(family)), granularity, new TensorBlocks(TensorBlocks.DefaultPatterns), BufferPolicy.Average);

    private static float[] Read(Checkpoint checkpoint, int tensor)
    {
        var values = new float[checkpoint.Tensors[tensor].ElementCount];
        checkpoint.ReadFloats(checkpoint.Tensors[tensor], 0, values);
        return values;
    }

    private ModelFamily Family(TensorType type, int[] lengths, int experts, string[]? names = null, int unchanged = -1)
    {
        float[][] start = [.. lengths.Select(Draw)];
        string Save(string name, float[][] values) => _folder.Safetensors(
            $"{name}.safetensors", [.. values.Select((tensor, t) => TensorContent.FromFloats(names?[t] ?? $"blocks.{t}.w", type, [tensor.Length], tensor))]);
        return ModelFamily.Open(
            Save("base", start),
            Enumerable.Range(0, experts).Select(k => KeyValuePair.Create($"e{k}", Save($"e{k}", [.. lengths.Select((length, t) => t == unchanged ? start[t] : Draw(length))]))).ToArray(),
            []);
    }

    private float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(_random.NextDouble() - 0.5))];
}
