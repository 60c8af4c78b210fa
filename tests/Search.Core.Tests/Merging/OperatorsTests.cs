using FsCheck;
using FsCheck.Fluent;
using Search.Merging;

namespace Search.Tests.Merging;

// Known answers of methods on one tensor of six elements with zeros, sign conflicts and a near-cancelling coordinate, computed independently.
public sealed class OperatorsTests : OperatorFixture
{
    [TestCase("ties", "density=0.5", new[] { 0.3, -0.4, 0, 0.5, 0.35, 0 }, TestName = "Delta_TiesKeepingThree_Mean")]
    [TestCase("ties", "density=0.5,reduce=sum", new[] { 0.6, -0.8, 0, 0.5, 0.35, 0 }, TestName = "Delta_TiesKeepingThree_Sum")]
    [TestCase("ties", "density=0.5,reduce=largest", new[] { 0.4, -0.6, 0, 0.5, 0.35, 0 }, TestName = "Delta_TiesKeepingThree_Largest")]
    [TestCase("ties", "variant=fusionbench,density=0.5,reduce=mean", new[] { 0.3, -0.4, 0.15, 0.5, 0.225, 0 }, TestName = "T2_Delta_TiesAsItsCodeCounts_KeepsOneMore")]
    [TestCase("ties", "density=1", new[] { 0.3, -0.4, 0.15, 0.5, 0.225, 0.05 }, TestName = "Delta_TiesOfAll_Mean")]
    [TestCase("ties", "variant=fusionbench,density=1", new[] { 0.6, -0.8, 0.3, 0.5, 0.45, 0.05 }, TestName = "Delta_TiesOfAll_Sum")]
    [TestCase("ties", "density=1,reduce=largest", new[] { 0.4, -0.6, 0.2, 0.5, 0.35, 0.05 }, TestName = "Delta_TiesOfAll_Largest")]
    [TestCase("magmax", "", new[] { 0.4, -0.6, 0.2, 0.5, 0.35, 0.05 }, TestName = "Delta_MagMax_IsTheLargest")]
    [TestCase("consensus", "threshold=0.6", new[] { 0.5, -0.5, 0, 0.05, 0.15, 0.01 }, TestName = "Delta_ConsensusOfTwo_DropsTheSelfish")]
    [TestCase("sce", "density=0.5", new[] { 0, -0.53971, 0, 0.5, 0.276932, 0 }, TestName = "T14_Delta_SceOfThreeOfSix_HasNothingElse")]
    [TestCase("sce", "variant=fusechat,density=0.5", new[] { 0.260116, -0.53971, 0.184928, 0.5, 0.276932, 0.05 }, TestName = "T14_Delta_SceAsItsCodeDoes_MergesTheRestToo")]
    [TestCase("consensus", "threshold=1", new[] { 0, 0, 0, 0, 0.15, 0 }, TestName = "Delta_ConsensusOfTwoStrict_DropsNearlyAll")]
    public void Prepare_OneVector_GivesTheKnownAnswer(string name, string settings, double[] expected) =>
        Assert.That(Delta(Operator(name, settings), [1]), Is.EqualTo(expected).Within(1e-6));

    [TestCase("ties", "variant=mergekit,density=0.5", new[] { 0.3, -0.4, 0, 0.5, 0.35, 0 })]
    [TestCase("ties", "variant=mergekit,density=0.5,normalize=false", new[] { 0.6, -0.8, 0, 0.5, 0.35, 0 })]
    [TestCase("ties_split", "density=0.5", new[] { 0.6, -0.8, 0, 0.5, 0.35, 0 })]
    [TestCase("breadcrumbs", "density=0.5,gamma=0.17", new[] { 0.2, 0.1, 0.3, 0.5, 0.15, 0 })]
    [TestCase("della_linear", "density=1", new[] { 0.5, -0.5, 0.3, 0.05, 0.15, 0.01 })]
    [TestCase("della", "density=1", new[] { 0.3, -0.4, 0.15, 0.5, 0.225, 0.05 })]
    [TestCase("dare_linear", "drop_rate=0", new[] { 0.5, -0.5, 0.3, 0.05, 0.15, 0.01 })]
    public void Prepare_VectorsOfExperts_GiveTheKnownAnswer(string name, string settings, double[] expected) =>
        Assert.That(Delta(Operator(name, settings), [1, 1, 1]), Is.EqualTo(expected).Within(1e-6));

    // The weights follow from what is left of two elements: of the second, where experts 1 and 2 agree, and of the fifth, where 2 and 3 do.
    [Test]
    public void T14_Delta_Sce_WeighsExpertsBySquaresOfWhatIsSelected()
    {
        double[] delta = Delta(Operator("sce", "density=0.5"), [1]);
        double first = (-0.6 - delta[1]) / (delta[1] + 0.2); // (−0.2·w₁ − 0.6·w₂) / (w₁ + w₂)
        double third = (0.35 - delta[4]) / (delta[4] - 0.1); // (0.35·w₂ + 0.1·w₃) / (w₂ + w₃)
        double second = 1 / (first + 1 + third);
        Assert.That(new[] { first * second, second, third * second }, Is.EqualTo(new[] { 0.111588, 0.628755, 0.259657 }).Within(2e-6));
    }

    // mergekit votes with the weights: with the first expert's tenfold, every element has its sign.
    [Test]
    public void Merge_WeightedElection_FollowsTheWeights() =>
        Assert.That(Delta(Operator("ties", "variant=mergekit"), [10, 1, 1]), Is.EqualTo(new[] { 4.2 / 11, -2.6 / 11, 1.2 / 11, 0.5, -0.3, 0.05 }).Within(1e-6));

    [Test]
    public void T3_Prepare_TiedVote_FollowsTheRule()
    {
        float[][] tied = [[0.5f, 1, 1], [-0.5f, 1, 0]];
        double[] Merged(string settings) => Delta(Operator("ties", $"density=1,{settings}"), [1], tied, [0, 0, 0]);
        Assert.That(Merged("tie=positive"), Is.EqualTo(new[] { 0.5, 1, 1 }));
        Assert.That(Merged("tie=negative"), Is.EqualTo(new[] { -0.5, 1, 1 }));
        Assert.That(Merged("tie=majority"), Is.EqualTo(new[] { 0.5, 1, 1 }), "most elements elected the positive sign");
        Assert.That(Delta(Operator("ties", "density=1"), [1], [[0.5f], [-0.5f]], [0]), Is.EqualTo(new[] { -0.5 }), "a tied majority is negative");
    }

    [Test]
    public void T5_Breadcrumbs_TensorTooSmallForItsTop_KeepsItsShare() =>
        Assert.That(Delta(Operator("breadcrumbs", "variant=mergekit,density=0.5"), [1, 0, 0]).Count(value => value != 0), Is.EqualTo(3));

    [Test]
    public void Prepare_TrimOverAllTensors_ComparesBetweenThem()
    {
        using ModelFamily family = Family("two", [("a", [0, 0]), ("b", [0, 0])], [[("a", [1, 2]), ("b", [3, 4])]]);
        double[] Kept(string scope) => [.. Merge(family, Operator("ties_split", $"density=0.5,scope={scope}"), [1]).SelectMany(tensor => tensor)];
        Assert.That(Kept("global"), Is.EqualTo(new[] { 0.0, 0, 3, 4 }));
        Assert.That(Kept("tensor"), Is.EqualTo(new[] { 0.0, 2, 0, 4 }));
    }

    // Few different values, so that many are tied: of those the first are kept.
    [Test]
    public void Trim_AnyVector_KeepsExactlyTheLargest([Values("global", "tensor")] string scope) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(50), Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        seed =>
        {
            var random = new Random(seed);
            int count = random.Next(1, 300);
            float[] tau = [.. Enumerable.Range(0, count).Select(_ => random.Next(-9, 10) / 8f)];
            int percent = random.Next(1, 101);
            double[] kept = Delta(Operator("ties_split", FormattableString.Invariant($"density={percent / 100.0},scope={scope}")), [1], [tau], new float[count]);
            HashSet<int> largest = [.. Enumerable.Range(0, count).OrderByDescending(i => Math.Abs(tau[i])).ThenBy(i => i).Take((int)Math.Floor(percent / 100.0 * count))];
            return kept.SequenceEqual(tau.Select((value, i) => largest.Contains(i) ? (double)value : 0));
        }));

    // E τ̂ = τ and Var τ̂ = τ²·p/(1 − p), of 4,000 elements of value 1.
    [Test]
    public void T1_Dare_ManyElements_KeepsTheExpectation()
    {
        const int Count = 4000;
        float[] ones = [.. Enumerable.Repeat(1f, Count)];
        foreach (int seed in Enumerable.Range(0, 25))
        {
            double[] kept = Delta(Operator("dare_linear", $"drop_rate=0.7,mask_seed={seed}"), [1], [ones], new float[Count]);
            Assert.That(kept, Is.All.EqualTo(0).Or.EqualTo(1 / 0.3).Within(1e-5), "dropped or rescaled, nothing else");
            Assert.That((kept.Average() - 1) / Math.Sqrt(0.7 / 0.3 / Count), Is.InRange(-4, 4), $"seed {seed}");
        }

        double[] Masks(int seed) => Delta(Operator("dare_linear", $"drop_rate=0.7,mask_seed={seed}"), [1], [ones], new float[Count]);
        double[] again = Masks(1);
        Assert.That(Masks(1), Is.EqualTo(again).And.Not.EqualTo(Masks(2)));
        double[] sum = Delta(Operator("dare_linear", "drop_rate=0.5"), [1, 1], [ones, ones], new float[Count]);
        Assert.That(sum.Count(value => value == 2) / (double)Count, Is.EqualTo(0.5).Within(0.05), "experts have masks of their own");
    }

    [Test]
    public void T4_Dare_RescaledByNorm_KeepsTheNormAndNotTheExpectation()
    {
        double[] kept = Delta(Operator("dare_linear", "variant=mergekit,drop_rate=0.5,mask_seed=3"), [1], [Tau[0]], new float[6]);
        Assert.That(kept.Sum(Math.Abs), Is.EqualTo(Tau[0].Sum(Math.Abs)).Within(1e-6));
        Assert.That(kept.Count(value => value != 0), Is.LessThan(5));
    }

    [Test]
    public void Prepare_AsRead_GivesTheBitsOfMemory()
    {
        using ModelFamily family = Family("random", [("a", Draw(1, 5000)), ("b", Draw(2, 77))], [[("a", Draw(3, 5000)), ("b", Draw(4, 77))], [("a", Draw(5, 5000)), ("b", Draw(6, 77))]]);
        TaskVectors source = TaskVectors.Mapped(family);
        TaskVectors Halved(bool inMemory) => TaskVectors.Made(source, ["x", "y"], (_, _, taus) => [.. taus.Select(tau => tau.Select(value => value / 2).ToArray())], inMemory);
        float[][] Merged(TaskVectors vectors)
        {
            var weights = new MergeWeights(vectors, null, new ReduceRule(SignVote.Count, true, 0.5f, true));
            for (int t = 0; t < 2; t++)
            {
                new[] { 0.7f, 0.4f }.CopyTo(weights[t]);
                weights.Base(t) = t;
                weights.IsRuled(t) = t == 0;
            }

            var merged = new WeightSet(family.Layout);
            new Merger(family.Layout).Merge([weights], [merged]);
            return [merged[0].ToArray(), merged[1].ToArray()];
        }

        Assert.That(Merged(Halved(false)), Is.EqualTo(Merged(Halved(true))));
    }

    [Test]
    public void Prepare_ValuesThatAreNotFinite_AreRefusedByName([Values("magmax", "sce", "della", "emr", "tall", "nuslerp", "multislerp", "karcher")] string name) =>
        Assert.That(
            () => Delta(Operator(name, ""), [1, 1], [[1, 1], [1, float.NaN]], [0, 0]),
            Throws.TypeOf<MergeException>().With.Message.Contains("expert e1: 'w'").And.Message.Contains("element 1"));

    [TestCase("ties", "density=0", "above 0")]
    [TestCase("ties", "density=1.5", "density")]
    [TestCase("dare_linear", "drop_rate=1", "below 1")]
    [TestCase("breadcrumbs", "scope=global", "tensor or row")]
    [TestCase("della", "scope=global", "tensor or row")]
    [TestCase("della", "density=0.1", "got -0.05")]
    [TestCase("della", "density=0.9,epsilon=0.2", "above 0 and below 1")]
    [TestCase("della_linear", "variant=mergekit,density=0.9,epsilon=0.1", "above 0 and below 1")]
    [TestCase("sce", "density=0", "above 0")]
    [TestCase("ties", "varant=paper", "variant")]
    public void Read_SettingsOutOfRange_AreRefused(string name, string settings, string words) =>
        Assert.That(() => Operator(name, settings), Throws.TypeOf<Search.Controller.StudyException>().With.Message.Contains(words));

    [Test]
    public void Columns_AnyOperator_AreKnownBeforeItsPreparation([ValueSource(nameof(WithoutFiles))] string name)
    {
        using ModelFamily family = Family("columns", [("w", Base)], [[("w", Tau[0])], [("w", Tau[1])]]);
        MergeOperator merge = Operator(name, "");
        Assert.That(merge.Prepare(TaskVectors.Mapped(family)).Columns, Is.EqualTo(merge.Columns(["e0", "e1"])));
        Assert.That(merge.Initial, Is.InRange(merge.Bounds.Lower, merge.Bounds.Upper));
    }

    [TestCaseSource(nameof(Settings))]
    public void Entries_AnyOperator_ReadBackToThemselves(string name, string settings)
    {
        MergeOperator first = Operator(name, settings);
        MergeOperator second = Operator(name, string.Join(',', first.Entries().Where(entry => entry.Value is not null).Select(entry => FormattableString.Invariant($"{entry.Key}={entry.Value}"))));
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Merge_OneExpert_IsItselfWhereNothingIsDropped(
        [Values("ties:density=1", "ties:variant=mergekit", "ties_split:density=1", "dare_linear:drop_rate=0", "dare_ties:drop_rate=0", "breadcrumbs:density=1", "della:density=1", "della_linear:variant=mergekit", "sce:", "sce:variant=fusechat", "magmax:", "consensus:tasks=0")] string merge)
    {
        double[] delta = Delta(Operator(merge.Split(':')[0], merge.Split(':')[1]), [1], [Tau[0]], new float[6]);
        Assert.That(delta, Is.EqualTo(Tau[0].Select(value => (double)value)).Within(1e-7));
    }

    [TestCase(0.5, new[] { 1f, 0 }, new[] { 0f, 1 }, new[] { 0.7071068, 0.7071068 })]
    [TestCase(0.25, new[] { 2f, 0 }, new[] { 0f, 1 }, new[] { 1.8477591, 0.3826834 })]
    [TestCase(0, new[] { 2f, 3 }, new[] { 0f, 1 }, new[] { 2.0, 3 })]
    [TestCase(1, new[] { 2f, 3 }, new[] { 0f, 1 }, new[] { 0.0, 1 })]
    [TestCase(0.3, new[] { 2f, 3 }, new[] { 4f, 6 }, new[] { 2.6, 3.9 }, TestName = "Merge_SlerpOfParallels_IsTheChord")]
    [TestCase(0.3, new[] { 2f, 3 }, new[] { 0f, 0 }, new[] { 1.4, 2.1 }, TestName = "Merge_SlerpWithZero_IsTheChord")]
    public void Merge_Slerp_GivesTheKnownAnswer(double t, float[] a, float[] b, double[] expected)
    {
        Assert.That(Delta(Operator("slerp", "space=deltas"), [t], [a, b], [5, -7]), Is.EqualTo(expected).Within(1e-6), "of task vectors");
        float[] origin = [0.5f, -0.25f];
        double[] weights = [.. Delta(Operator("slerp", ""), [t], [[.. a.Zip(origin, (x, o) => x - o)], [.. b.Zip(origin, (x, o) => x - o)]], origin).Zip(origin, (d, o) => d + o)];
        Assert.That(weights, Is.EqualTo(expected).Within(1e-6), "of weights");
    }

    [Test]
    public void Merge_KarcherOfTwo_IsTheMiddleOfTheArc()
    {
        float[][] taus = [[3, 1, 0, 2], [-1, 2, 2, 1]];
        double[] slerp = Delta(Operator("slerp", "space=deltas"), [0.5], taus, new float[4]);
        double[] karcher = Delta(Operator("karcher", "space=deltas,tolerance=0.0000001,iterations=100"), [1, 1], taus, new float[4]);
        double Norm(IEnumerable<double> x) => Math.Sqrt(x.Sum(each => each * each));
        double[] Unit(double[] x) => [.. x.Select(each => each / Norm(x))];
        double[] middle = Unit([.. Unit([3, 1, 0, 2]).Zip(Unit([-1, 2, 2, 1]), (a, b) => a + b)]);
        Assert.That(Unit(karcher), Is.EqualTo(middle).Within(1e-6));
        Assert.That(Norm(karcher), Is.EqualTo((Math.Sqrt(14) + Math.Sqrt(10)) / 2).Within(1e-5));
        Assert.That(slerp, Is.Not.EqualTo(karcher).Within(1e-3), "which does not turn vectors into directions first");
        Assert.That(Delta(Operator("karcher", ""), [0.2, 0.5, 0.3], [Tau[0], Tau[0], Tau[0]], Base), Is.EqualTo(Tau[0].Select(x => (double)x)).Within(1e-6), "of equal experts it is that expert");
    }

    [Test]
    public void T9_ModelStock_NegativeCosine_ExtrapolatesOrIsClamped()
    {
        double[] average = [.. Enumerable.Range(0, 6).Select(i => Tau.Average(tau => (double)tau[i]))];
        double[] wild = Delta(Operator("model_stock", "negative=extrapolate"), [1]);
        Assert.That(wild, Is.EqualTo(average.Select(x => -1.709974 * x)).Within(1e-5));
        Assert.That(Delta(Operator("model_stock", ""), [1]), Is.All.EqualTo(0).Within(1e-9));

        // A cosine of ½ gives 2/3 of two and 3/4 of three experts; of 1 the average; of 0 the base.
        double Ratio(params float[][] taus) => Delta(Operator("model_stock", ""), [1], taus, new float[taus[0].Length])[0] / taus.Average(tau => tau[0]);
        float high = MathF.Sqrt(0.75f);
        Assert.That(Ratio([1, 0], [0.5f, high]), Is.EqualTo(2 / 3.0).Within(1e-6));
        Assert.That(Ratio([1, 0], [2, 0]), Is.EqualTo(1).Within(1e-6));
        Assert.That(Ratio([1, 0.5f], [0.5f, -1]), Is.Zero);
    }

    // A mean or a rescaler of nothing is nothing.
    [TestCaseSource(nameof(WithoutFiles))]
    public void Merge_TaskVectorsThatAreZero_IsTheBase(string name)
    {
        MergeOperator merge = Operator(name, "");
        double[] coefficients = [.. merge.Columns(["e0", "e1"]).Select(_ => 0.5)];
        Assert.That(Delta(merge, coefficients, [new float[6], new float[6]], Base, merge.IsPerTask ? "e1" : null), Is.All.EqualTo(0).Within(1e-6));
    }

    [Test]
    public void Prepare_NotFiniteWhereAnglesCount_IsRefusedByName([Values("slerp", "nuslerp", "multislerp", "karcher", "model_stock")] string name) =>
        Assert.That(
            () => Delta(Operator(name, ""), [.. Enumerable.Repeat(0.5, Operator(name, "").Columns(["e0", "e1"]).Count)], [[1, 2], [float.NaN, 1]], [0, 0]),
            Throws.TypeOf<MergeException>().With.Message.Contains("expert e1: 'w'").And.Message.Contains("element 0"));

    // What is opposite to the mean pulls it no way: the direction is the heavier one's, the length the mean length.
    [Test]
    public void Karcher_OppositeExpertsOfOtherWeights_KeepsTheHeavierOnesDirection()
    {
        double length = (0.6 * Math.Sqrt(5)) + (0.4 * Math.Sqrt(20));
        double[] mean = Delta(Operator("karcher", "space=deltas"), [0.6, 0.4], [[1, 2], [-2, -4]], [0, 0]);
        Assert.That(mean, Is.EqualTo(new[] { length / Math.Sqrt(5), 2 * length / Math.Sqrt(5) }).Within(1e-5));
    }

    // 0.3 is no float: a vote that rounds one of two opposite products and not the other would not be a tie.
    [TestCase(0.3)]
    [TestCase(0.7)]
    public void Merge_OppositeProducts_TieAndElectThePositiveSign(double weight)
    {
        float[] up = [.. Enumerable.Range(1, 40).Select(i => i / 7f)];
        double[] delta = Delta(Operator("ties", "variant=mergekit"), [weight, weight], [up, [.. up.Select(value => -value)]], new float[up.Length]);
        Assert.That(delta, Is.EqualTo(up.Select(value => (double)value)).Within(1e-5));
    }

    [TestCase("slerp", new[] { 1f, 2 }, new[] { -2f, -4 }, new[] { 0.5 }, "opposite ways")]
    [TestCase("slerp", new[] { 0.3f, 0.7f }, new[] { -0.1f, -0.7f / 3 }, new[] { 0.5 }, "opposite ways")]
    [TestCase("nuslerp", new[] { 1f, 2 }, new[] { 2f, 5 }, new[] { 1.0, -1 }, "sum to zero")]
    [TestCase("karcher", new[] { 1f, 2 }, new[] { -2f, -4 }, new[] { 1.0, 1 }, "cancel")]
    [TestCase("karcher", new[] { 1f, 2 }, new[] { 2f, 4 }, new[] { 1.0, -1 }, "sum to zero")]
    public void Merge_NoPointOnTheSphere_IsRefused(string name, float[] a, float[] b, double[] coefficients, string words) =>
        Assert.That(() => Delta(Operator(name, "space=deltas"), coefficients, [a, b], [0, 0]), Throws.TypeOf<MergeException>().With.Message.Contains(words));

    [TestCase("slerp", "", "between two experts")]
    [TestCase("nuslerp", "", "between two experts")]
    [TestCase("model_stock", "", "got one expert")]
    [TestCase("sce", "density=0.5", "got one expert")]
    public void Prepare_OneExpertWhereTwoAreNeeded_IsRefused(string name, string settings, string words) =>
        Assert.That(() => Delta(Operator(name, settings), [1], [[1, 2]], [0, 0]), Throws.TypeOf<MergeException>().With.Message.Contains(words));

    private static IEnumerable<TestCaseData> Settings() => WithoutFiles.Select(name => new TestCaseData(name, "")).Append(new TestCaseData("ties", "variant=mergekit,vote=count"))
        .Append(new TestCaseData("ties", "variant=fusionbench")).Append(new TestCaseData("dare_ties", "variant=mergekit,drop_rate=0.3")).Append(new TestCaseData("breadcrumbs", "variant=mergekit"))
        .Append(new TestCaseData("della", "variant=mergekit,density=0.4,epsilon=0.07,mask_seed=9,scope=tensor,lambda=1.5")).Append(new TestCaseData("sce", "variant=fusechat,density=0.1"))
        .Append(new TestCaseData("emr", "variant=fusionbench")).Append(new TestCaseData("karcher", "space=deltas,iterations=3"));

    private static float[] Draw(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }
}
