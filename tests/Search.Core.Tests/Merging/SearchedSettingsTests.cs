using Search.Checkpoints;
using Search.Controller;
using Search.Merging;
using Search.Merging.Operators;
using Search.Yaml;

namespace Search.Tests.Merging;

// What candidates drop as vectors are read is what preparation drops of them for settings that are given.
internal sealed class SearchedSettingsTests : IDisposable
{
    private static readonly int[] Sizes = [1, 99, 4096, 10_001];

    private readonly TemporaryFolder _folder = new();

    // Densities in steps of 1/4,096, in which larger tensors are searched. Weights that vote are not 1 on both sides.
    [TestCase("ties", "variant=mergekit", "density", 0.25)]
    [TestCase("ties", "variant=mergekit", "density", 0.99951171875)]
    [TestCase("ties", "variant=mergekit scope=global vote=count normalize=false", "density", 0.125)]
    [TestCase("ties", "tie=positive", "density", 0.1875)]
    [TestCase("ties", "tie=negative scope=tensor reduce=sum vote=count", "density", 0.5)]
    [TestCase("dare_linear", "", "drop_rate", 0.75)]
    [TestCase("dare_linear", "rescale=l1 mask_seed=4", "drop_rate", 0.875)]
    [TestCase("dare_ties", "rescale=none", "drop_rate", 0.5)]
    [TestCase("breadcrumbs", "scope=tensor gamma=0.03125", "density", 0.25)]
    [TestCase("breadcrumbs_ties", "scope=tensor density=0.75", "gamma", 0.0625)]
    [TestCase("breadcrumbs_ties", "scope=tensor density=0.5", "gamma", 0.25)]
    public void Decode_SettingSearched_MergesAsIfItWereGiven(string name, string settings, string key, double value)
    {
        using ModelFamily family = Family(3);
        MergeSpace given = Space(family, name, $"{settings} {key}={value}");
        MergeSpace searched = Space(family, name, $"{settings} {key}={{lower: 0.015625, upper: 0.9999, initial: 0.3}}");
        double[] weights = [.. new[] { 0.7, 0.4, -0.2 }.Take(given.Dimension)];
        Assert.That(searched.Dimension, Is.EqualTo(weights.Length + 1));
        Assert.That(searched.Name(weights.Length), Is.EqualTo(key));
        float[][] expected = Merge(given, weights);
        float[][] merged = Merge(searched, [.. weights, value]);
        for (int t = 0; t < expected.Length; t++)
        {
            Assert.That(merged[t], Is.EqualTo(expected[t]).Within(1e-6f), $"tensor {t}");
        }

        Assert.That(merged[3], Is.Not.EqualTo(Merge(searched, [.. weights, 0.4375])[3]).Within(1e-6f), "the setting acts");
        Assert.That(searched.Merge.IsDifferentiable, Is.False);
    }

    [Test]
    public void Decode_SettingOfEachExpert_ActsOnItAlone()
    {
        using ModelFamily family = Family(2);
        MergeSpace one = Space(family, "breadcrumbs", "scope=tensor gamma=0 density={lower: 0.1, upper: 1}");
        MergeSpace each = Space(family, "breadcrumbs", "scope=tensor gamma=0 density={lower: 0.1, upper: 1, per: expert}");
        Assert.That(Enumerable.Range(0, 4).Select(each.Name), Is.EqualTo(["e0", "e1", "e0/density", "e1/density"]));
        float[] both = Merge(each, [0.5, 0.5, 0.25, 0.75])[1];
        float[] base0 = Merge(one, [0, 0, 0.5])[1];
        float[] first = Merge(one, [0.5, 0, 0.25])[1];
        float[] second = Merge(one, [0, 0.5, 0.75])[1];
        Assert.That(both, Is.EqualTo(base0.Select((x, i) => first[i] + second[i] - x)).Within(1e-6f));
        Assert.That(both, Is.Not.EqualTo(Merge(each, [0.5, 0.5, 0.75, 0.25])[1]).Within(1e-6f));
    }

    [Test]
    public void Merge_SeveralSettingsInOnePass_GivesTheBitsOfOneByOne()
    {
        using ModelFamily family = Family(5);
        MergeSpace space = Space(family, "ties", "variant=mergekit density={lower: 0.1, upper: 1}");
        double[][] candidates = [[0.1, 0.2, 0.3, 0.4, 0.5, 0.2], [0.3, 0.3, 0.3, 0.3, 0.3, 0.9], [1, 0, 0, 0, 0, 0.5]];
        WeightSet[] together = [.. candidates.Select(_ => new WeightSet(family.Layout))];
        new Merger(family.Layout).Merge([.. candidates.Select(space.Decode)], together);
        for (int c = 0; c < candidates.Length; c++)
        {
            Assert.That(Enumerable.Range(0, Sizes.Length).Select(t => together[c][t].ToArray()), Is.EqualTo(Merge(space, candidates[c])));
        }
    }

    [Test]
    public void ToSearchSpace_SettingSearched_HasItsOwnBoundsAndNoPartInConstraints()
    {
        using ModelFamily family = Family(2);
        MergeSpace space = Space(family, "dare_linear", "drop_rate={lower: 0.2, upper: 0.9, initial: 0.6}");
        var sum = new MergeConstraints(GroupSum.Simplex, [], []);
        Search.Strategies.SearchSpace search = space.ToSearchSpace(0, 1, space.Start([0.5, 0.5]), sum.For(space));
        Search.Strategies.Coefficient rate = search.Coefficients[2];
        Assert.That((rate.Name, rate.Lower, rate.Upper, rate.Initial), Is.EqualTo(("drop_rate", 0.2, 0.9, 0.6)));
        double[] point = search.Decode([0.3, 0.5]);
        Assert.That(point[0] + point[1], Is.EqualTo(1).Within(1e-12));
        Assert.That(point[2], Is.InRange(0.2, 0.9));
    }

    [TestCase("ties", "density={lower: 0, upper: 1}", "'density.lower' must be above 0 and at most 1, got 0")]
    [TestCase("ties", "density={lower: 0.5, upper: 0.5}", "'density.upper' must be above lower, 0.5, got 0.5")]
    [TestCase("ties", "density={lower: 0.5}", "upper")]
    [TestCase("ties", "density={lower: 0.1, upper: 1, initial: 2}", "initial")]
    [TestCase("ties", "density={lower: 0.1, upper: 1} tie=majority", "'tie' must be positive or negative where density is searched")]
    [TestCase("ties", "density={lower: 0.1, upper: 1} reduce=largest", "'reduce' must be mean or sum where density is searched")]
    [TestCase("ties", "density={lower: 0.1, upper: 1} scope=row", "'scope' must not be row where settings are searched")]
    [TestCase("dare_ties", "drop_rate={lower: 0.1, upper: 1}", "'drop_rate.upper' must be at least 0 and below 1, got 1")]
    [TestCase("ties_split", "density={lower: 0.1, upper: 1}", "density")]
    public void Read_RangeThatCannotBeSearched_IsRefused(string name, string settings, string words) =>
        Assert.That(() => Operator(name, settings), Throws.TypeOf<StudyException>().With.Message.Contains(words));

    [Test]
    public void Entries_SearchedSetting_ReadsBackToItself()
    {
        MergeOperator merge = Operator("breadcrumbs_ties", "density={lower: 0.1, upper: 1, per: expert} gamma={lower: 0, upper: 0.1, initial: 0.02}");
        string text = new YamlDotNet.Serialization.Serializer().Serialize(new Dictionary<string, object> { ["settings"] = YamlText.Present([.. merge.Entries()]) });
        string file = _folder.Write("settings.yaml", text);
        Assert.That(OperatorList.Read("breadcrumbs_ties", YamlMap.Load(file, []).Map("settings")), Is.EqualTo(merge));
    }

    [Test]
    public void Decode_VectorThatIsNotFinite_IsRefusedByName([Values("tensor", "global")] string scope)
    {
        using ModelFamily family = Family(1, float.NaN);
        Assert.That(
            () => Space(family, "ties", $"scope={scope} density={{lower: 0.1, upper: 1}}").Decode([1, 0.5]),
            Throws.TypeOf<MergeException>().With.Message.Contains("expert e0: 't0'").And.Message.Contains("element 0"));
    }

    public void Dispose() => _folder.Dispose();

    private static MergeOperator Operator(string name, string settings)
    {
        YamlMap map = YamlMap.Of("settings", System.Text.RegularExpressions.Regex.Split(settings, @" (?![^{]*\})").Where(one => one.Length > 0).ToArray());
        MergeOperator merge = OperatorList.Read(name, map);
        map.End();
        return merge;
    }

    private static MergeSpace Space(ModelFamily family, string name, string settings) =>
        new(Operator(name, settings).Prepare(TaskVectors.Resident(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);

    private static float[][] Merge(MergeSpace space, double[] coefficients)
    {
        WeightLayout layout = space.Merge.Source.Layout;
        var merged = new WeightSet(layout);
        new Merger(layout).Merge([space.Decode(coefficients)], [merged]);
        return [.. layout.Tensors.Select((_, t) => merged[t].ToArray())];
    }

    // Values on a grid, so that many magnitudes are equal, zeros among them.
    private ModelFamily Family(int experts, float? first = null)
    {
        string Save(int seed)
        {
            var random = new Random(seed);
            return _folder.Safetensors($"{seed}.safetensors", [.. Sizes.Select((size, t) => TensorContent.FromFloats(
                $"t{t}", TensorType.F32, [size], Enumerable.Range(0, size).Select(i => seed > 0 && i == 0 && t == 0 && first is { } value ? value : random.Next(-40, 41) / 64f).ToArray()))]);
        }

        return ModelFamily.Open(Save(0), [.. Enumerable.Range(0, experts).Select(k => KeyValuePair.Create($"e{k}", Save(k + 1)))], []);
    }
}
