using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;
using Search.Yaml;

namespace Search.Tests.Merging;

public sealed class TensorFilterTests : IDisposable
{
    private static readonly string[] Names = ["blocks.0.attn.qkv", "blocks.0.bn1.running_mean", "blocks.0.mlp.fc1", "blocks.1.attn.qkv", "blocks.1.mlp.fc1", "embed"];

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(9);

    private static IEnumerable<string> Operators =>
    [
        "task_arithmetic {}", "weighted_average {}", "ties { scope: global, tie: majority }", "ties { variant: mergekit, density: 0.5 }", "ties_split { scope: global }", "ties { variant: mergekit, scope: global, density: { lower: 0.1, upper: 1, initial: 0.4 } }",
        "dare_linear {}", "breadcrumbs { density: 0.5 }", "magmax {}", "consensus {}", "slerp {}", "karcher {}", "model_stock {}",
    ];

    [TestCase("attention", "", "blocks.0.attn.qkv", "blocks.1.attn.qkv")]
    [TestCase(@"^blocks\.1", "", "blocks.1.attn.qkv", "blocks.1.mlp.fc1")]
    [TestCase("attention|embed", "", "blocks.0.attn.qkv", "blocks.1.attn.qkv", "embed")]
    [TestCase("", "mlp|norm", "blocks.0.attn.qkv", "blocks.1.attn.qkv", "embed")]
    [TestCase(@"^blocks", @"blocks\.0", "blocks.1.attn.qkv", "blocks.1.mlp.fc1")]
    public void IsMerged_Filter_SelectsByKindAndName(string only, string except, params string[] expected)
    {
        using ModelFamily family = Family(Names, Filter(only, except));
        Assert.That(family.Shared.Where((_, t) => family.IsMerged[t]).Select(tensor => tensor.Name), Is.EqualTo(expected));
        Assert.That(Space(family, new TaskArithmetic(), Granularity.Tensor).Groups, Is.EqualTo(expected));
    }

    // What an operator makes of the selected tensors is what it makes of a model that has no others, global trims and majorities included.
    [TestCaseSource(nameof(Operators))]
    public void Merge_Filtered_IsTheMergeOfAModelWithNothingElse(string text)
    {
        MergeOperator merge = Operator(text);
        string[] kept = ["blocks.0.attn.qkv", "blocks.1.attn.qkv"];
        var all = Names.ToDictionary(name => name, name => Enumerable.Range(0, 3).Select(k => Draw(kept.Contains(name) ? 1 : 20)).ToArray());
        using ModelFamily filtered = Family(all, Filter("attention", ""));
        using ModelFamily alone = Family(kept.ToDictionary(name => name, name => all[name]), null);
        double[] coefficients = [.. merge.Columns(["a", "b"]).Select((_, k) => 0.3 + (0.4 * k))];
        float[][] found = Merge(filtered, merge, coefficients);
        float[][] expected = Merge(alone, merge, coefficients);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new[] { found[0], found[3] }, Is.EqualTo(expected));
            Assert.That(expected, Is.Not.EqualTo(new[] { all[kept[0]][0], all[kept[1]][0] }), "something merges");
            foreach (int t in new[] { 1, 2, 4, 5 })
            {
                Assert.That(found[t], Is.EqualTo(all[Names[t]][0]), $"{Names[t]} is the base's");
            }
        }
    }

    [TestCase("norm|attention", 0.5f)]
    [TestCase("attention", 0)]
    public void Decode_BatchNormStatistics_FollowTheirPolicyWhereTheyAreSelected(string only, float weight)
    {
        using ModelFamily family = Family(Names, Filter(only, ""));
        Assert.That(Space(family, new TaskArithmetic(), Granularity.Model).Decode([0.9, 0.1])[1].ToArray(), Is.EqualTo(new[] { weight, weight }));
    }

    [Test]
    public void Coefficients_OfReferences_ReachOnlyTheBase()
    {
        using ModelFamily family = Family(Names, Filter("attention", ""));
        MergeSpace space = Space(family, new TaskArithmetic(), Granularity.Block);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(space.Coefficients([0, 0], exact: true), Is.EqualTo(new double[] { 0, 0, 0, 0 }));
            Assert.That(space.Coefficients([0.5, 0.5], exact: false), Is.Null, "a reference merges all tensors");
            Assert.That(space.Uniform([0.5, 0.25], exact: false)[5].ToArray(), Is.EqualTo(new[] { 0.5f, 0.25f }));
        }
    }

    // A profile's depth counts what merges.
    [Test]
    public void Profile_Filtered_SpreadsItsKnotsOverTheBlocksThatMerge()
    {
        using ModelFamily family = Family([.. Enumerable.Range(0, 6).SelectMany(b => new[] { $"blocks.{b}.attn.w", $"blocks.{b}.mlp.w" })], Filter("attention", @"blocks\.[01]\."));
        var space = new MergeSpace(
            new TaskArithmetic().Prepare(TaskVectors.Mapped(family)),
            new CoefficientGroups(family, new DepthProfile(4, KnotShape.Linear, false), new TensorBlocks(TensorBlocks.DefaultPatterns), new TensorKinds([])),
            BufferPolicy.Average);
        MergeWeights weights = space.Decode([1, 1, 2, 2, 3, 3, 4, 4]);
        Assert.That(Enumerable.Range(0, 12).Select(t => weights[t][0]), Is.EqualTo(new float[] { 0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0 }));
    }

    [TestCase("atention", "", "only: 'atention' selects none of the 6 tensors that could merge (did you mean 'attention'?)")]
    [TestCase("head", "", "only: 'head' selects none")]
    [TestCase("", "nothing", "except: 'nothing' selects none")]
    [TestCase("mlp", "mlp", "except: [mlp] leaves no tensor to merge")]
    [TestCase("norm", "", "has no floating-point tensor left to merge")]
    public void Open_FilterThatSelectsNothing_NamesKeyAndPattern(string only, string except, string words) =>
        Assert.That(() => Family(Names, Filter(only, except)), Throws.TypeOf<MergeException>().With.Message.Contains(words));

    [Test]
    public void Open_NothingSharedAndNoFilter_SpeaksOfPrivateTensors()
    {
        string path = _folder.Safetensors("one.safetensors", TensorContent.FromFloats("w", TensorType.F32, [1], new[] { 1f }));
        Assert.That(() => ModelFamily.Open(path, [new("a", path)], ["w"], Filter("", "")), Throws.TypeOf<MergeException>().With.Message.EndsWith("has no floating-point tensor left to merge once private ones (w) are taken out."));
    }

    public void Dispose() => _folder.Dispose();

    private static TensorFilter Filter(string only, string except)
    {
        static string[] Split(string text) => text.Split('|', StringSplitOptions.RemoveEmptyEntries);
        return new TensorFilter(Split(only), Split(except), new TensorKinds([]));
    }

    private static MergeOperator Operator(string text)
    {
        string[] parts = text.Split(' ', 2);
        return OperatorList.Read(parts[0], YamlMap.Of("test", [$"settings={parts[1]}"]).Map("settings"));
    }

    private static MergeSpace Space(ModelFamily family, MergeOperator merge, Granularity granularity) =>
        new(merge.Prepare(TaskVectors.Mapped(family)), granularity, new TensorBlocks(TensorBlocks.DefaultPatterns), BufferPolicy.Average);

    private static float[][] Merge(ModelFamily family, MergeOperator merge, double[] coefficients)
    {
        var merged = new WeightSet(family.Layout);
        MergeSpace space = Space(family, merge, Granularity.Model);
        new Merger(family.Layout).Merge([space.Decode(space.Start(coefficients))], [merged]);
        return [.. family.Shared.Select((_, t) => merged[t].ToArray())];
    }

    // Values of one size each, so that what is trimmed depends on what is counted.
    private float[] Draw(double size) => [.. Enumerable.Range(0, 40).Select(_ => (float)((_random.NextDouble() - 0.5) * size))];

    private ModelFamily Family(string[] names, TensorFilter? filter) => Family(names.ToDictionary(name => name, _ => Enumerable.Range(0, 3).Select(_ => Draw(1)).ToArray()), filter);

    private ModelFamily Family(Dictionary<string, float[][]> tensors, TensorFilter? filter)
    {
        string Save(string name, int model) => _folder.Safetensors(
            $"{name}{tensors.Count}.safetensors", [.. tensors.Select(tensor => TensorContent.FromFloats(tensor.Key, TensorType.F32, [4, 10], tensor.Value[model]))]);
        return ModelFamily.Open(Save("base", 0), [new("a", Save("a", 1)), new("b", Save("b", 2))], [], filter);
    }
}
