using FsCheck;
using FsCheck.Fluent;
using Search.Checkpoints;
using Search.Controller;
using Search.Merging;
using Search.Merging.Operators;
using Search.Merging.Rules;
using Search.Yaml;

namespace Search.Tests.Merging.Rules;

// Known answers on one tensor of six elements with zeros, sign conflicts and a near-cancelling coordinate, computed independently.
public sealed class CoefficientRuleTests : IDisposable
{
    private static readonly float[] Base = [1, -2, 0.5f, 4, 0, 10];
    private static readonly float[][] Tau = [[0.4f, -0.2f, 0.1f, 0, -0.3f, 0.05f], [-0.1f, -0.6f, 0.2f, 0.5f, 0.35f, 0], [0.2f, 0.3f, 0, -0.45f, 0.1f, -0.04f]];

    private readonly TemporaryFolder _folder = new();

    [TestCase("metagpt", new[] { 0.2116717, 0.5475474, 0.2407809 })]
    [TestCase("varm", new[] { 0.2116717, 0.5475474, 0.2407809 })]
    [TestCase("uniform", new[] { 1 / 3.0, 1 / 3.0, 1 / 3.0 })]
    [TestCase("model_stock,negative=extrapolate", new[] { -1.709974 / 3, -1.709974 / 3, -1.709974 / 3 })]
    [TestCase("model_stock,negative=clamp", new[] { 0.0, 0, 0 })]
    [TestCase("model_stock,negative=fallback", new[] { 1 / 3.0, 1 / 3.0, 1 / 3.0 })]
    [TestCase("fedavg,counts.e0=10,counts.e1=0,counts.e2=30", new[] { 0.25, 0, 0.75 })]
    [TestCase("fednova,counts.e0=10,counts.e1=20,counts.e2=10,steps.e0=2,steps.e1=2,steps.e2=2", new[] { 0.25, 0.5, 0.25 })]
    [TestCase("lm_cocktail,losses.e0=2,losses.e1=2,losses.e2=2", new[] { 1 / 3.0, 1 / 3.0, 1 / 3.0 })]
    [TestCase("lm_cocktail,losses.e0=2,losses.e1=1,losses.e2=2,temperature=0.001", new[] { 0.0, 1, 0 })]
    [TestCase("lm_cocktail,losses.e0=0,losses.e2=0.6931471805599453,fine_tuned=e1", new[] { 1 / 3.0, 0.5, 1 / 6.0 })]
    [TestCase("lm_cocktail,losses.e0=0,losses.e2=1,fine_tuned=e1,share=1", new[] { 0.0, 1, 0 })]
    [TestCase("tail,last=2", new[] { 0, 0.5, 0.5 })]
    [TestCase("tail,every=2", new[] { 0.5, 0, 0.5 })]
    [TestCase("ema,decay=0.9", new[] { 0.81, 0.09, 0.1 })]
    public void Weigh_ThreeExperts_GivesTheKnownAnswer(string rule, double[] expected) =>
        Assert.That(Weigh(rule, Tau.Length).Groups[0], Is.EqualTo(expected).Within(1e-6));

    // Merged scalars of checkpoints that are scalars, from base 0.
    [TestCase("tail,last=3", new[] { 1f, 2, 3, 4, 5 }, 4, TestName = "Merge_LastThree_IsLawa")]
    [TestCase("tail,every=2,last=2", new[] { 1f, 2, 3, 4, 5 }, 4, TestName = "Merge_EverySecond_TakesTheThirdAndTheFifth")]
    [TestCase("tail", new[] { 3f, 6, 9 }, 6, TestName = "Merge_AllCheckpoints_IsSwa")]
    [TestCase("ema,decay=0.9", new[] { 0f, 1, 1, 1 }, 0.271, TestName = "Merge_MovingAverage_IsItsRecursion")]
    [TestCase("fedavg,counts.e0=10,counts.e1=30", new[] { 1f, 5 }, 4, TestName = "Merge_Counts_IsFedAvg")]
    [TestCase("fedavg,counts.e0=1,counts.e1=1", new[] { -0.1f, 0.4f }, 0.15, TestName = "Merge_StepsOfOneAndFour_FedAvgFavoursTheLonger")]
    [TestCase("fednova,steps.e0=1,steps.e1=4", new[] { -0.1f, 0.4f }, 0, TestName = "Merge_StepsOfOneAndFour_FedNovaDoesNot")]
    [TestCase("fedatt,sign=far,step=1.2", new[] { 1f, 3 }, 3.3139129, TestName = "T8_Merge_DistancesAsTheCodeHasThem_FavourTheFarthest")]
    [TestCase("fedatt,sign=near", new[] { 1f, 3 }, (0.8807971 * 1) + (0.1192029 * 3), TestName = "T8_Merge_DistancesWithTheSignMended_FavourTheNearest")]
    public void Merge_Scalars_GiveTheKnownAnswer(string rule, float[] checkpoints, double expected)
    {
        using ModelFamily family = Family([("w", [0])], [.. checkpoints.Select(value => new[] { ("w", new[] { value }) })]);
        Assert.That(Merge(family, new TaskArithmetic(), Rule(rule, checkpoints.Length))[0][0], Is.EqualTo(expected).Within(1e-6));
    }

    // The valley begins at 3, its threshold is 1.3 · (0.5 + 0.52 + 0.55)/3, and six losses from 9 on are above it.
    [Test]
    public void Weights_LossValley_IsTheKnownOne()
    {
        double[] losses = [1, 0.8, 0.6, 0.5, 0.52, 0.55, 0.6, 0.62, 0.61, 0.7, 0.75, 0.8, 0.9, 1, 1.1];
        IReadOnlyList<double> Weights(double[] each) => Rule($"swad{string.Concat(each.Select((loss, k) => FormattableString.Invariant($",losses.e{k}={loss}")))}", each.Length) is LossValley valley ? valley.Weights(each.Length) : [];
        Assert.That(Weights(losses), Is.EqualTo(losses.Select((_, k) => k is >= 3 and <= 8 ? 1 / 6.0 : 0)).Within(1e-12));
        Assert.That(Weights(losses[..9]), Is.EqualTo(losses[..9].Select((_, k) => k >= 3 ? 1 / 6.0 : 0)).Within(1e-12), "not left by the end");
        Assert.That(() => Weights([3, 2, 1, 0]), Throws.TypeOf<MergeException>().With.Message.Contains("no valley among 4 experts"));
    }

    [Test]
    public void Merge_MetaGpt_GivesTheKnownModel()
    {
        using ModelFamily family = OneTensor(Base, Tau);
        Assert.That(
            Merge(family, new TaskArithmetic(), Rule("metagpt", 3))[0],
            Is.EqualTo(new[] { 1.078070, -2.298629, 0.630677, 4.165422, 0.152218, 10.000952 }).Within(1e-5));
    }

    [Test]
    public void T9_Weigh_NegativeMeanCosine_IsReported()
    {
        Assert.That(Weigh("model_stock", 3).Notes.Single(), Does.Contain("negative in 1 of 1 groups").And.Contain("t is 0, the base"));
        using ModelFamily aligned = OneTensor([0, 0], [[1, 0], [2, 1]]);
        Assert.That(Rule("model_stock", 2).Weigh(TaskVectors.Mapped(aligned), [[0]]).Notes, Is.Empty);
        using ModelFamily opposite = OneTensor([0, 0], [[1, 2], [-1, -2]]);
        Assert.That(
            () => Rule("model_stock,negative=extrapolate", 2).Weigh(TaskVectors.Mapped(opposite), [[0]]),
            Throws.TypeOf<MergeException>().With.Message.Contains("at the pole").And.Message.Contains("clamp or fallback"));
    }

    [Test]
    public void Weigh_TwoTensors_MetaGptMeasuresTheModelAndVarmEachMatrix()
    {
        using ModelFamily family = Family([("a", [0, 0]), ("b", [0, 0]), ("bn.running_var", [1])], [[("a", [1, 0]), ("b", [0, 0]), ("bn.running_var", [100])], [("a", [0, 2]), ("b", [2, 0]), ("bn.running_var", [1])]]);
        TaskVectors vectors = TaskVectors.Mapped(family);
        Assert.That(Rule("metagpt", 2).Weigh(vectors, [[0], [1]]).Groups, Is.EqualTo(new[] { new[] { 1 / 9.0, 8 / 9.0 }, [1 / 9.0, 8 / 9.0] }).Within(1e-9));
        Assert.That(Rule("varm", 2).Weigh(vectors, [[0], [1]]).Groups, Is.EqualTo(new[] { new[] { 0.2, 0.8 }, [0, 1] }).Within(1e-9));
        Assert.That(Rule("varm", 2).Weigh(vectors, [[0, 1]]).Groups, Is.EqualTo(new[] { new[] { 1 / 9.0, 8 / 9.0 } }).Within(1e-9), "a group of both");
    }

    [Test]
    public void Apply_ChunksAndFixedGroups_ChunksHaveTheirGroupsWeights()
    {
        using ModelFamily family = Family(
            [("a", [0, 0]), ("b", [0, 0]), ("c", [0])], [[("a", [1, 0]), ("b", [0, 1]), ("c", [9])], [("a", [0, 2]), ("b", [2, 0]), ("c", [9])]]);
        var space = new MergeSpace(
            new TaskArithmetic().Prepare(TaskVectors.Mapped(family)), Granularity.Tensor, new TensorBlocks([]), BufferPolicy.Average,
            new Dictionary<string, int> { ["b"] = 2 }, new Dictionary<string, IReadOnlyList<double>> { ["c"] = [1, 1] });
        Assert.That(Rule("varm", 2).Apply(space, new TaskArithmetic()).Coefficients, Is.EqualTo(new[] { 0.2, 0.8, 0.2, 0.8, 0.2, 0.8 }).Within(1e-9));
        Assert.That(Rule("varm", 2).Describe(space, [0.2, 0.8, 0.2, 0.7, 0.2, 0.8]), Is.EqualTo("rule varm: e0 0.2000, e1 0.7000 to 0.8000"));
    }

    [Test]
    public void Apply_KnotsAndTensorsLeftOut_MeasuresWhatEachKnotActsOn()
    {
        using ModelFamily family = Family(
            [("b.0.w", [0, 0]), ("b.1.w", [0, 0]), ("b.2.w", [0, 0]), ("head", [0])],
            [[("b.0.w", [1, 0]), ("b.1.w", [0, 1]), ("b.2.w", [3, 0]), ("head", [100])], [("b.0.w", [0, 2]), ("b.1.w", [1, 0]), ("b.2.w", [0, 1]), ("head", [0])]],
            new TensorFilter([], ["^head"], new TensorKinds([])));
        var blocks = new TensorBlocks(TensorBlocks.DefaultPatterns);
        var space = new MergeSpace(
            new TaskArithmetic().Prepare(TaskVectors.Mapped(family)), new CoefficientGroups(family, new DepthProfile(3, KnotShape.Linear, false), blocks, new TensorKinds([])), BufferPolicy.Average);
        Assert.That(Rule("varm", 2).Apply(space, new TaskArithmetic()).Coefficients, Is.EqualTo(new[] { 0.2, 0.8, 0.5, 0.5, 0.9, 0.1 }).Within(1e-9));
        Assert.That(Rule("metagpt", 2).Apply(space, new TaskArithmetic()).Coefficients.Take(2), Is.EqualTo(new[] { 11 / 17.0, 6 / 17.0 }).Within(1e-9), "without the head");
    }

    // Equal norms, equal counts and steps, and vectors that point one way are all the uniform average; what is once as long weighs four times as much.
    [Test]
    public void Weigh_NothingTellsExpertsApart_IsUniform() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        seed =>
        {
            var random = new Random(seed);
            int experts = random.Next(2, 6);
            float[] first = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(1, 9) / 8f)];
            float[][] turned = [.. Enumerable.Range(0, experts).Select(_ => first.Select(value => random.Next(2) == 0 ? value : -value).ToArray())];
            float[] zeros = new float[first.Length];
            using ModelFamily equal = OneTensor(zeros, turned);
            using ModelFamily parallel = OneTensor(zeros, [.. turned.Select(_ => first)]);
            float[][] longer = [[.. turned[0].Select(value => 2 * value)], .. turned[1..]];
            using ModelFamily scaled = OneTensor(zeros, longer);
            bool IsUniform(IEnumerable<double> weights) => weights.All(weight => Math.Abs(weight - (1.0 / experts)) < 1e-9);
            string Each(string key) => string.Concat(Enumerable.Range(0, experts).Select(k => $",{key}.e{k}={7 + (seed % 5)}"));
            IReadOnlyList<double> Of(string rule, ModelFamily family) => Rule(rule, experts).Weigh(TaskVectors.Mapped(family), [[0]]).Groups[0];
            IReadOnlyList<double> odds = Of("metagpt", scaled);
            return new[] { "metagpt", "varm", "uniform", "fedavg" + Each("counts"), "fednova" + Each("steps"), "fedatt,sign=near", "tail" }.All(rule => IsUniform(Of(rule, equal)))
                && IsUniform(Of("model_stock", parallel))
                && Math.Abs((odds[0] / odds[1]) - 4) < 1e-9 && Math.Abs(odds.Sum() - 1) < 1e-9;
        }));

    // O2 with given coefficients: negation, analogy, extrapolation.
    [TestCase("{ e0: -1, e1: 0, e2: 0 }", new[] { 0.6, -1.8, 0.4, 4, 0.3, 9.95 }, TestName = "Recipe_Negation")]
    [TestCase("{ e0: -1, e1: 1, e2: 1 }", new[] { 0.7, -2.1, 0.6, 4.05, 0.75, 9.91 }, TestName = "Recipe_Analogy")]
    [TestCase("{ e0: 1.5, e1: 0, e2: 0 }", new[] { 1.6, -2.3, 0.65, 4, -0.45, 10.075 }, TestName = "T6_Recipe_ExpoOfHalf_GoesOnFromTheAlignedModel")]
    [TestCase("{ e0: 1, e1: 0, e2: 0 }", new[] { 1.4, -2.2, 0.6, 4, -0.3, 10.05 }, TestName = "T6_Recipe_ExpoOfNothing_IsTheAlignedModel")]
    [TestCase("metagpt", new[] { 1.078070, -2.298629, 0.630677, 4.165422, 0.152218, 10.000952 }, TestName = "Recipe_RuleByName")]
    [TestCase("{ rule: ema, decay: 0 }", new[] { 1.2, -1.7, 0.5, 3.55, 0.1, 9.96 }, TestName = "Recipe_RuleWithSettings")]
    public void Recipe_Coefficients_GiveTheKnownModel(string coefficients, double[] expected)
    {
        using ModelFamily family = OneTensor(Base, Tau);
        var notes = new List<string>();
        Assert.That(Merged(ReadRecipe(coefficients).Decide(family, notes.Add))[0], Is.EqualTo(expected).Within(1e-5));
        Assert.That(notes, Has.Count.EqualTo(coefficients == "metagpt" || coefficients.Contains("rule") ? 1 : 0));
    }

    [Test]
    public void Recipe_AverageByNorms_NeedsABaseToMeasureFrom()
    {
        Assert.That(ReadRecipe("uniform", "weighted_average", withBase: false).Base, Is.EqualTo(_folder.File("e0.safetensors")));
        Assert.That(() => ReadRecipe("metagpt", "weighted_average", withBase: false), Throws.TypeOf<StudyException>().With.Message.Contains("'base' is missing"));
    }

    [TestCase("metagtp", "'coefficients' must be one of uniform, fedavg", "did you mean 'metagpt'")]
    [TestCase("{ rule: metagtp }", "'coefficients.rule' must be one of", "did you mean 'metagpt'")]
    [TestCase("{ rule: metagpt, scope: tensor }", "'coefficients.scope' is not a key here", "")]
    [TestCase("fedavg", "is fedavg, which needs settings", "counts")]
    [TestCase("{ rule: fedavg }", "'coefficients.counts' is missing", "")]
    [TestCase("{ rule: fedavg, counts: { e0: 1, e1: 2 } }", "'coefficients.counts.e2' is missing", "")]
    [TestCase("{ rule: fedavg, counts: { e0: 1, e1: -2, e2: 1 } }", "'coefficients.counts.e1' must be a number of at least 0", "-2")]
    [TestCase("{ rule: fedavg, counts: { e0: 0, e1: 0, e2: 0 } }", "'coefficients.counts' must not all be 0", "")]
    [TestCase("{ rule: fedavg, counts: { e0: 1, e1: 2, e2: 1, e3: 1 } }", "'coefficients.counts.e3' is not a key here", "did you mean")]
    [TestCase("{ rule: fednova, counts: { e0: 1, e1: 2, e2: 1 }, steps: { e0: 1, e1: 0, e2: 1 } }", "'coefficients.steps.e1'", "0")]
    [TestCase("{ rule: lm_cocktail, losses: { e0: 1, e1: 1, e2: 1 }, fine_tuned: e2 }", "'coefficients.losses.e2' is not a key here", "")]
    [TestCase("{ rule: lm_cocktail, losses: { e0: 1 }, fine_tuned: e5 }", "'coefficients.fine_tuned' must be one of e0, e1, e2", "")]
    [TestCase("{ rule: fedatt }", "'coefficients.sign' is missing", "")]
    [TestCase("{ rule: ema, decay: 1.5 }", "'coefficients.decay' must be a number from 0 to 1", "1.5")]
    public void Recipe_RuleThatCannotBeRead_IsRefused(string coefficients, string words, string more) =>
        Assert.That(() => ReadRecipe(coefficients), Throws.TypeOf<StudyException>().With.Message.Contains(words).And.Message.Contains(more));

    [Test]
    public void Apply_OperatorWithoutTaskArithmeticWeights_IsRefused()
    {
        using ModelFamily family = OneTensor(Base, Tau);
        void Refuses(MergeOperator merge, string rule, string words) => Assert.That(
            () => Rule(rule, 3).Apply(Space(family, merge), merge), Throws.TypeOf<MergeException>().With.Message.Contains($"operator {merge.Name}").And.Message.Contains(words));
        Refuses(new MagMax(), "metagpt", "rule metagpt: gives the task-arithmetic weights [0.2117, 0.5475, 0.2408]");
        Refuses(new WeightedAverage(), "model_stock", "they do not sum to 1");
        Assert.That(Rule("metagpt", 3).Apply(Space(family, new WeightedAverage()), new WeightedAverage()).Coefficients.Sum(), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Weigh_ModelsThatGiveNoWeights_AreRefused()
    {
        using ModelFamily same = OneTensor([1, 2], [[0, 0], [0, 0]]);
        using ModelFamily one = OneTensor([1, 2], [[1, 0]]);
        using ModelFamily broken = OneTensor([1, 2], [[1, 0], [float.NaN, 0]]);
        void Refuses(ModelFamily family, string rule, string words) => Assert.That(
            () => Rule(rule, family.Experts.Count).Weigh(TaskVectors.Mapped(family), [[0]]), Throws.TypeOf<MergeException>().With.Message.Contains(words));
        Refuses(same, "metagpt", "every task vector is zero");
        Refuses(one, "model_stock", "got one expert");
        Refuses(broken, "varm", "expert e1: 'w' differs from the base by NaN at element 0");
        Refuses(one, "tail,last=2", "'last' must be at most that, got 2");
        Assert.That(Rule("metagpt", 1).Weigh(TaskVectors.Mapped(one), [[0]]).Groups[0], Is.EqualTo(new[] { 1.0 }), "one expert has all of the share");
    }

    [Test]
    public void Write_AnyRule_ReadsBackToItself([ValueSource(typeof(RuleList), nameof(RuleList.Names))] string name)
    {
        string settings = name switch
        {
            "fedavg" => ",counts.e0=1,counts.e1=2.5",
            "fednova" => ",steps.e0=10,steps.e1=20",
            "fedatt" => ",sign=near,step=0.5",
            "ema" => ",decay=0.99",
            "lm_cocktail" => ",losses.e1=0.5,temperature=2,fine_tuned=e0,share=0.25",
            "swad" => ",losses.e0=2,losses.e1=1,start=1,end=4,ratio=1.2",
            _ => "",
        };
        CoefficientRule first = Rule(name + settings, 2);
        string text = new YamlDotNet.Serialization.SerializerBuilder().Build().Serialize(new Dictionary<string, object> { ["rule"] = YamlText.Present(RuleList.Write(first)) });
        _folder.Write("rule.yaml", text);
        CoefficientRule second = RuleList.Read(YamlMap.Load(_folder.File("rule.yaml"), []), "rule", ["e0", "e1"]).Rule;
        Assert.That(second.Entries(), Is.EqualTo(first.Entries()));
        Assert.That(second.Name, Is.EqualTo(name));
    }

    public void Dispose() => _folder.Dispose();

    private static CoefficientRule Rule(string text, int experts)
    {
        YamlMap map = YamlMap.Of("settings", [.. text.Split(',').Select((setting, index) => index == 0 ? $"r.rule={setting}" : $"r.{setting}")]);
        (CoefficientRule rule, YamlMap? settings) = RuleList.Read(map, "r", [.. Enumerable.Range(0, experts).Select(k => $"e{k}")]);
        settings!.End();
        return rule;
    }

    private static MergeSpace Space(ModelFamily family, MergeOperator merge) => new(merge.Prepare(TaskVectors.Mapped(family)), Granularity.Tensor, new TensorBlocks([]), BufferPolicy.Average);

    private static double[][] Merge(ModelFamily family, MergeOperator merge, CoefficientRule rule)
    {
        MergeSpace space = Space(family, merge);
        return Merged(space.Decode(rule.Apply(space, merge).Coefficients));
    }

    private static double[][] Merged(MergeWeights weights)
    {
        var merged = new WeightSet(weights.Vectors.Layout);
        new Merger(weights.Vectors.Layout).Merge([weights], [merged]);
        return [.. weights.Vectors.Layout.Tensors.Select((_, t) => merged[t].ToArray().Select(value => (double)value).ToArray())];
    }

    private RuleWeights Weigh(string rule, int experts)
    {
        using ModelFamily family = OneTensor(Base, Tau[..experts]);
        return Rule(rule, experts).Weigh(TaskVectors.Mapped(family), [[0]]);
    }

    private Recipe ReadRecipe(string coefficients, string merge = "task_arithmetic", bool withBase = true)
    {
        foreach (string name in new[] { "base", "e0", "e1", "e2" })
        {
            _folder.Write($"{name}.safetensors", "");
        }

        _folder.Write(
            "recipe.yaml",
            $"operator: {merge}\n{(withBase ? "base: base.safetensors\n" : "")}experts: {{ e0: e0.safetensors, e1: e1.safetensors, e2: e2.safetensors }}\ncoefficients: {coefficients}\n");
        return RecipeFile.Read(_folder.File("recipe.yaml"));
    }

    private ModelFamily OneTensor(float[] origin, float[][] taus) => Family([("w", origin)], [.. taus.Select(tau => new[] { ("w", origin.Zip(tau, (x, t) => x + t).ToArray()) })]);

    private ModelFamily Family((string Name, float[] Values)[] origin, (string Name, float[] Values)[][] experts, TensorFilter? filter = null)
    {
        string family = $"{Guid.NewGuid()}";
        string Save(string name, (string Name, float[] Values)[] tensors) => _folder.Safetensors(
            $"{family}-{name}.safetensors", [.. tensors.Select(tensor => TensorContent.FromFloats(tensor.Name, TensorType.F32, [tensor.Values.Length], tensor.Values))]);
        return ModelFamily.Open(Save("base", origin), [.. experts.Select((tensors, k) => KeyValuePair.Create($"e{k}", Save($"e{k}", tensors)))], [], filter);
    }
}
