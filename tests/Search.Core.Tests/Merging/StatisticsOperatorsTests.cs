using FsCheck;
using FsCheck.Fluent;
using Search.Checkpoints;
using Search.Controller;
using Search.Merging;
using static Search.Tests.Merging.MergeFolder;

namespace Search.Tests.Merging;

// Operators that need numbers about the experts: known answers, the laws between them, and files that do not fit.
public sealed class StatisticsOperatorsTests : IDisposable
{
    private static readonly float[][] F = [[4, 1], [1, 3]];
    private static readonly float[][] Theta = [[1, 2], [3, -2]];
    private static readonly float[][] Gram = [[2, 1, 1, 2], [1, 0, 0, 3]];
    private static readonly float[][] Layer = [[1, 0, 0, 1], [3, 2, 1, 0]];

    private readonly MergeFolder _folder = new();

    [TestCase("", new[] { 1.4, -1.0 })]
    [TestCase("normalize=true", new[] { 1.4916590, -1.1855884 })]
    public void Merge_Fisher_GivesTheKnownAnswer(string setting, double[] expected)
    {
        foreach (float[] origin in new[] { new float[] { 0, 0 }, [5, -0.25f] })
        {
            ModelFamily family = _folder.Family([2], origin, [.. Theta.Select(theta => theta.Zip(origin, (x, o) => x - o).ToArray())]);
            double[] delta = Delta(family, Operator("fisher", [.. _folder.Statistics([2], F), .. Settings(setting)]), 0.5, 0.5)[0];
            Assert.That(delta.Zip(origin, (d, o) => d + o), Is.EqualTo(expected).Within(1e-6), "whatever the base is");
        }
    }

    [TestCase(new float[] { 1, 1 }, 1, 1, new[] { 1.8333333, -0.8 }, TestName = "Merge_GradientMatching_GivesTheKnownAnswer")]
    [TestCase(new float[] { 0, 0 }, 1, 1, new[] { 1.4, -1.0 }, TestName = "Merge_GradientMatchingOfAFlatBase_IsFisher")]
    [TestCase(new float[] { 1, 1 }, 0, 1, new[] { 4.0, 0 }, TestName = "Merge_GradientMatchingOfFlatExperts_IsTaskArithmetic")]
    [TestCase(null, 1, 1, new[] { 1.8333333, -0.8 }, TestName = "Merge_GradientMatchingWithAPrior_IsThatOfABaseAsCertain")]
    public void Merge_GradientMatching(float[]? ofBase, float scale, double coefficient, double[] expected)
    {
        string[] files = _folder.Statistics([2], [.. F.Select(f => f.Select(x => scale * x).ToArray())]);
        string prior = ofBase is null ? "prior=1" : $"base_statistics={_folder.Write(("w", [2], ofBase))}";
        double[] merged = Delta(_folder.Family([2], [0, 0], Theta), Operator("gradient_matching", [.. files, prior]), coefficient, coefficient)[0];
        Assert.That(merged, Is.EqualTo(expected).Within(1e-6));
    }

    // The authors keep the first model from vanishing, so that it decides where none is certain.
    [TestCase("floor_of=first", 1)]
    [TestCase("floor_of=all", 2)]
    [TestCase("floor_of=added", 2)]
    [TestCase("floor=0", 0, TestName = "T10_Merge_FisherWithoutFloor_LeavesTheBase")]
    public void T10_Merge_FisherOfNobodyCertain_FollowsTheFloor(string setting, double expected) =>
        Assert.That(Delta(_folder.Family([1], [7], [1], [3]), Operator("fisher", [.. _folder.Statistics([1], [0], [0]), setting]), 0.5, 0.5)[0][0], Is.EqualTo(expected).Within(1e-6));

    [TestCase("shrink=1", new[] { 9 / 7.0, 8 / 7.0, 4 / 7.0, 2 / 7.0 })]
    [TestCase("shrink=0.9", new[] { 1879 / 1419.0, 540 / 473.0, 70 / 129.0, 13 / 43.0 })]
    [TestCase("shrink=0", new[] { 5 / 3.0, 6 / 5.0, 1 / 3.0, 2 / 5.0 })]
    public void Merge_RegMean_GivesTheKnownAnswer(string shrink, double[] expected)
    {
        float[] origin = [0.5f, -1, 0.25f, 2];
        double[] Merged(long[] shape, Func<float[], float[]> lie, params string[] settings)
        {
            (string, long[], float[])[][] grams = [.. Gram.Select(gram => new[] { ("w.gram", new long[] { 2, 2 }, gram) })];
            ModelFamily family = _folder.Family(shape, lie(origin), [.. Layer.Select(layer => lie([.. layer.Zip(origin, (x, o) => x - o)]))]);
            return [.. Delta(family, Operator("regmean", [.. _folder.Statistics(grams), shrink, .. settings]), 1)[0].Zip(lie(origin), (d, o) => d + o)];
        }

        Assert.That(Merged([2, 2], values => values), Is.EqualTo(expected).Within(1e-6));
        Assert.That(Merged([2, 2, 1, 1], values => values), Is.EqualTo(expected).Within(1e-6), "of a convolution");
        Assert.That(Merged([2, 2], Turn, "orientation=in_out"), Is.EqualTo(expected.Select((_, i) => expected[(i % 2 * 2) + (i / 2)])).Within(1e-6), "of a transposed layer");
    }

    [Test]
    public void Merge_RegMean_AveragesWhatHasNoGram()
    {
        ModelFamily family = _folder.Family(
            [("bias", [2], [0, 0]), ("w", [2, 2], new float[4])], [("bias", [2], [1, 2]), ("w", [2, 2], Layer[0])], [("bias", [2], [3, -2]), ("w", [2, 2], Layer[1])]);
        double[][] merged = Delta(family, Operator("regmean", [.. _folder.Statistics([2, 2], Gram), "shrink=1"]), 1);
        Assert.That(merged[0], Is.EqualTo(new[] { 2.0, 0 }));
        Assert.That(merged[1][0], Is.EqualTo(9 / 7.0).Within(1e-6));
    }

    // Where no expert saw an input, a ridge makes the layer their average there, and changes little else.
    [Test]
    public void Merge_RegMeanOfUnseenInput_NeedsARidge()
    {
        string[] files = _folder.Statistics([2, 2], [2, 0, 0, 0], [1, 0, 0, 0]);
        ModelFamily family = _folder.Family([2, 2], new float[4], Layer);
        Assert.That(() => Delta(family, Operator("regmean", files), 1), Throws.TypeOf<MergeException>().With.Message.Contains("'w' sum to a singular one"));
        Assert.That(Delta(family, Operator("regmean", [.. files, "ridge=0.00001"]), 1)[0], Is.EqualTo(new[] { 5 / 3.0, 2 / 3.0, 1 / 3.0, 2 / 3.0 }).Within(1e-4));
    }

    // W minimises Σ‖XₖW − XₖWₖ‖² exactly where Σ (W − Wₖ)·Gₖ vanishes.
    [Test]
    public void Law4_RegMean_AnyLayers_SatisfiesTheNormalEquations() => ForAll(seed =>
    {
        (int n, int outputs, int inputs) = (2 + (seed % 3), 1 + (seed % 5), 1 + (seed % 7));
        float[][] grams = [.. Enumerable.Range(0, n).Select(k => GramOf(seed + k, inputs))];
        float[][] taus = [.. Enumerable.Range(0, n).Select(k => Draw(seed + 50 + k, outputs * inputs))];
        double[] merged = Delta(_folder.Family([outputs, inputs], new float[outputs * inputs], taus), Operator("regmean", [.. _folder.Statistics([inputs, inputs], grams), "shrink=1"]), 1)[0];
        return Enumerable.Range(0, outputs * inputs).All(i => Math.Abs(Enumerable.Range(0, n).Sum(k =>
            Enumerable.Range(0, inputs).Sum(j => (merged[(i / inputs * inputs) + j] - taus[k][(i / inputs * inputs) + j]) * grams[k][(j * inputs) + (i % inputs)]))) < 1e-5);
    });

    [Test]
    public void Law4_RegMean_OfEqualGramsAverages_AndOfDiagonalsIsFisherByInput() => ForAll(seed =>
    {
        float[][] taus = [Draw(seed, 12), Draw(seed + 1, 12)];
        ModelFamily family = _folder.Family([3, 4], Draw(seed + 2, 12), taus);
        float[][] grams = [GramOf(seed + 3, 4), GramOf(seed + 4, 4)];
        double[] equal = Delta(family, Operator("regmean", _folder.Statistics([4, 4], grams[0], grams[0])), 1)[0];
        double[] diagonal = Delta(family, Operator("regmean", [.. _folder.Statistics([4, 4], grams), "shrink=0"]), 1)[0];
        float[][] fishers = [.. grams.Select(gram => Enumerable.Range(0, 12).Select(i => gram[i % 4 * 5]).ToArray())];
        double[] fisher = Delta(family, Operator("fisher", _folder.Statistics([3, 4], fishers)), 0.5, 0.5)[0];
        return Near(equal, [.. taus[0].Zip(taus[1], (a, b) => (a + b) / 2.0)]) && Near(diagonal, fisher);
    });

    [Test]
    public void Law3_Precisions_OfOneSizeAverage_OfNoBaseAreFisher_AndOfNoExpertAddUp() => ForAll(seed =>
    {
        float[][] taus = [Draw(seed, 9), Draw(seed + 1, 9), Draw(seed + 2, 9)];
        ModelFamily family = _folder.Family([9], Draw(seed + 3, 9), taus);
        double[] c = [.. Draw(seed + 4, 3).Select(x => x + 0.75)];
        double[] Sum(double divisor) => [.. Enumerable.Range(0, 9).Select(i => taus.Select((tau, k) => c[k] * tau[i]).Sum() / divisor)];
        float[] Constant(float value) => [.. Enumerable.Repeat(value, 9)];
        string[] Files(Func<int, float[]> of) => _folder.Statistics([9], of(0), of(1), of(2));
        string[] own = Files(k => Positive(seed + 10 + k, 9));
        string zero = $"base_statistics={_folder.Write(("w", [9], Constant(0)))}";
        return Near(Delta(family, Operator("fisher", Files(_ => Constant(0.3f))), c)[0], Sum(c.Sum()))
            && Near(Delta(family, Operator("gradient_matching", [.. own, zero]), c)[0], Delta(family, Operator("fisher", [.. own, "floor=0"]), c)[0])
            && Near(Delta(family, Operator("gradient_matching", [.. Files(_ => Constant(0)), "prior=2"]), c)[0], Sum(1));
    });

    [Test]
    public void Law14_OneExpertOrMoreOfIt_IsThatExpert([Values(1, 3)] int experts) => ForAll(seed =>
    {
        float[] tau = Draw(seed, 12);
        ModelFamily family = _folder.Family([3, 4], Draw(seed + 1, 12), [.. Enumerable.Repeat(tau, experts)]);
        double[] expected = [.. tau.Select(x => (double)x)];
        double[] shares = [.. Enumerable.Range(1, experts).Select(k => 2.0 * k / (experts * (experts + 1)))];
        string[] precisions = _folder.Statistics([3, 4], [.. shares.Select((_, k) => Positive(seed + 2 + k, 12))]);
        string ofBase = $"base_statistics={_folder.Write(("w", [3, 4], Positive(seed + 20, 12)))}";
        return Near(Delta(family, Operator("fisher", precisions), shares)[0], expected)
            && Near(Delta(family, Operator("gradient_matching", [.. precisions, ofBase]), shares)[0], expected)
            && Near(Delta(family, Operator("regmean", _folder.Statistics([4, 4], [.. shares.Select((_, k) => GramOf(seed + 30 + k, 4))])), 1)[0], expected);
    });

    [Test]
    public void Merge_PrecisionsMadeAsRead_GivesTheBitsOfMemory()
    {
        ModelFamily family = _folder.Family([("a", [5000], Draw(1, 5000)), ("b", [77], Draw(2, 77))], [("a", [5000], Draw(3, 5000)), ("b", [77], Draw(4, 77))]);
        float[][] Merged(bool inMemory)
        {
            TaskVectors vectors = TaskVectors.Made(TaskVectors.Mapped(family), ["x", "y", "Hx", "Hy", "H0"], (_, _, taus) =>
                [taus[0], [.. taus[0].Select(x => -x / 3)], [.. taus[0].Select(MathF.Abs)], [.. taus[0].Select(x => x * x)], [.. taus[0].Select(x => x > 0 ? x : 0)]], inMemory);
            var weights = new MergeWeights(vectors, null, new PrecisionRule(2, 0.01f));
            for (int t = 0; t < 2; t++)
            {
                new[] { 0.7f, 0.4f }.CopyTo(weights[t]);
                weights.IsRuled(t) = true;
            }

            var merged = new WeightSet(family.Layout);
            new Merger(family.Layout).Merge([weights], [merged]);
            return [merged[0].ToArray(), merged[1].ToArray()];
        }

        float[][] resident = Merged(true);
        Assert.That(Merged(false), Is.EqualTo(resident));
        float[] origin = Draw(2, 77);
        double Expected(double tau, double h0) => ((0.7 * (h0 + Math.Abs(tau)) * tau) - (0.4 * (h0 + (tau * tau)) * tau / 3)) / (h0 + (0.7 * Math.Abs(tau)) + (0.4 * tau * tau));
        double[] moved = [.. Draw(4, 77).Zip(origin, (tau, o) => (double)((float)((double)o + tau) - o))];
        Assert.That(resident[1].Zip(origin, (x, o) => (double)x - o), Is.EqualTo(moved.Select(tau => Expected(tau, Math.Max(tau, 0) + 0.01))).Within(2e-7));
    }

    // Statistics of batch normalisation are averaged: no file has precisions of them.
    [Test]
    public void Merge_Buffers_AreAveragedWithoutPrecisions()
    {
        (string, long[], float[])[] Model(float buffer, float weight) => [("bn.running_mean", [1], [buffer]), ("w", [1], [weight])];
        double[][] merged = Delta(_folder.Family(Model(1, 1), Model(2, 1), Model(4, 3)), Operator("gradient_matching", [.. _folder.Statistics([1], [1], [3]), "prior=1"]), 1, 1);
        Assert.That(merged[0], Is.EqualTo(new[] { 3.0 }).Within(1e-6));
    }

    [Test]
    public void Prepare_Statistics_AreAmongTheFamilysFiles()
    {
        ModelFamily family = _folder.Family([2], [0, 0], Theta);
        string[] files = _folder.Statistics([2], F);
        Delta(family, Operator("fisher", files), 0.5, 0.5);
        Assert.That(family.Statistics.Select(file => $"statistics.e{(file.Path == family.Statistics.First().Path ? 0 : 1)}={file.Path}"), Is.EqualTo(files));
    }

    [TestCase("fisher", "v", new long[] { 2 }, new float[] { 1, 1 }, "'w' is missing")]
    [TestCase("fisher", "w", new long[] { 1, 2 }, new float[] { 1, 1 }, "'w' must be floating-point of shape [2], got F64 [1, 2]")]
    [TestCase("fisher", "w", new long[] { 2 }, new float[] { 1, -1 }, "'w' must be at least 0 and finite, got -1 at element 1")]
    [TestCase("gradient_matching", "w", new long[] { 2 }, new float[] { float.NaN, 1 }, "must be at least 0 and finite, got NaN at element 0")]
    [TestCase("regmean", "w.gram", new long[] { 2 }, new float[] { 1, 1 }, "'w.gram' must be floating-point of shape [2, 2]")]
    [TestCase("regmean", "w.gram", new long[] { 2, 2 }, new float[] { 1, 2, 3, 1 }, "must be finite and symmetric")]
    [TestCase("regmean", "w.gram", new long[] { 2, 2 }, new float[] { 1, 0, 0, -1 }, "its diagonal at least 0")]
    [TestCase("regmean", "w.gram", new long[] { 2, 2 }, new float[] { 1, 0, float.NaN, 1 }, "must be finite")]
    [TestCase("regmean", "v", new long[] { 2, 2 }, new float[] { 1, 0, 0, 1 }, "no statistics have a matrix for any tensor")]
    public void Prepare_StatisticsThatDoNotFit_AreRefusedByName(string name, string tensor, long[] shape, float[] values, string words)
    {
        (string, long[], float[])[] file = [(tensor, shape, values)];
        Assert.That(() => Delta(_folder.Family([2], [0, 0], Theta), Operator(name, _folder.Statistics(file, file)), 0.5, 0.5), Throws.TypeOf<MergeException>().With.Message.Contains(words).And.Message.StartsWith(name));
    }

    [Test]
    public void Prepare_GramsOfOneExpertOnly_AreRefusedByName()
    {
        string[] files = _folder.Statistics([("w", [2, 2], Gram[0])], [("v", [2, 2], Gram[1])]);
        Assert.That(() => Delta(_folder.Family([2, 2], new float[4], Layer), Operator("regmean", files), 1), Throws.TypeOf<MergeException>().With.Message.Contains("expert e1").And.Message.Contains("'w' is missing"));
    }

    [Test]
    public void Prepare_FilesOfOtherExperts_AreRefusedByName()
    {
        ModelFamily family = _folder.Family([2], [0, 0], Theta);
        string[] files = _folder.Statistics([2], F[0], F[1], F[1]);
        Assert.That(() => Delta(family, Operator("fisher", files), 0.5, 0.5), Throws.TypeOf<MergeException>().With.Message.Contains("names 'e2', which is no expert"));
        Assert.That(() => Delta(family, Operator("fisher", files[..1]), 0.5, 0.5), Throws.TypeOf<MergeException>().With.Message.Contains("has none for e1"));
        Assert.That(() => Delta(family, Operator("fisher", [.. _folder.Statistics([2], [0, 0], [1, 1]), "normalize=true"]), 0.5, 0.5), Throws.TypeOf<MergeException>().With.Message.Contains("e0 are all 0"));
    }

    [Test]
    public void Prepare_PrecisionsInFloat16_AreRefused() => Assert.That(
        () => Operator("fisher", _folder.Statistics([2], F)).Prepare(TaskVectors.Mapped(_folder.Family([2], [0, 0], Theta), TensorType.F16)),
        Throws.TypeOf<MergeException>().With.Message.Contains("needs float32 or bfloat16"));

    [TestCase("fisher", "", "'statistics' is missing")]
    [TestCase("fisher", "floor=-1", "'floor' must be a number of at least 0")]
    [TestCase("fisher", "floor_of=last", "'floor_of' must be one of first, all, added")]
    [TestCase("gradient_matching", "prior=-1", "'prior' must be a number of at least 0")]
    [TestCase("regmean", "shrink=1.1", "'shrink' must be a number from 0 to 1")]
    public void Read_SettingsThatDoNotFit_AreRefused(string name, string setting, string words) =>
        Assert.That(() => Operator(name, Settings(setting)), Throws.TypeOf<StudyException>().With.Message.Contains(words));

    public void Dispose() => _folder.Dispose();

    private static string[] Settings(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static float[] Turn(float[] square) => [square[0], square[2], square[1], square[3]];

    private static float[] Positive(int seed, int count) => [.. Draw(seed, count).Select(x => x + 0.6f)];

    // XᵀX of more examples than inputs.
    private static float[] GramOf(int seed, int inputs)
    {
        float[] x = Draw(seed, (inputs + 5) * inputs);
        float Product(int i, int j) => Enumerable.Range(0, inputs + 5).Sum(row => x[(row * inputs) + i] * x[(row * inputs) + j]);
        return [.. Enumerable.Range(0, inputs * inputs).Select(i => Product(Math.Min(i / inputs, i % inputs), Math.Max(i / inputs, i % inputs)))];
    }

    private static bool Near(double[] found, double[] expected) => found.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) < 2e-6 * (1 + Math.Abs(pair.Second)));

    private static void ForAll(Func<int, bool> law) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(20), Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), law));
}
