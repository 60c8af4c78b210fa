using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;

namespace Search.Tests.Merging;

public sealed class TensorGroupingTests : IDisposable
{
    private static readonly string[] Vit =
        ["blocks.0.attn.qkv", "blocks.0.mlp.fc1", "blocks.1.attn.qkv", "blocks.1.mlp.fc1", "head.weight", "norm.weight", "pos_embed"];

    private readonly TemporaryFolder _folder = new();

    [TestCase(Granularity.Kind, "attention", "mlp", "head", "norm", "embedding")]
    [TestCase(Granularity.BlockKind, "blocks.0/attention", "blocks.0/mlp", "blocks.1/attention", "blocks.1/mlp", "rest/head", "rest/norm", "rest/embedding")]
    public void Groups_Kinds_AreNamedAfterThem(Granularity granularity, params string[] groups)
    {
        using ModelFamily family = Family(Vit);
        Assert.That(Space(family, new GranularityGrouping(granularity)).Groups, Is.EqualTo(groups));
    }

    [Test]
    public void Decode_Patterns_GiveEachTensorTheFirstGroupsCoefficients()
    {
        using ModelFamily family = Family(Vit);
        MergeSpace space = Space(family, new PatternGrouping([new("early", @"blocks\.0"), new("heart", "mlp"), new("rest", ".*")]));
        Assert.That(Enumerable.Range(0, space.Dimension).Select(space.Name), Is.EqualTo(new[] { "a/early", "b/early", "a/heart", "b/heart", "a/rest", "b/rest" }));
        MergeWeights weights = space.Decode([1, 2, 3, 4, 5, 6]);
        Assert.That(Enumerable.Range(0, Vit.Length).Select(t => weights[t][0]), Is.EqualTo(new float[] { 1, 1, 5, 3, 5, 5, 5 }), "mlp is a kind here, not an expression");
    }

    [TestCase("early", @"blocks\.0", "no group selects tensor 'blocks.1.attn.qkv'")]
    [TestCase("early", "nothing", "granularity.groups.early: 'nothing' selects no tensor that merges")]
    public void Assign_PatternsThatDoNotFit_AreRefused(string name, string pattern, string words)
    {
        using ModelFamily family = Family(Vit);
        KeyValuePair<string, string>[] rest = pattern == "nothing" ? [new("rest", ".*")] : [];
        Assert.That(() => Space(family, new PatternGrouping([new(name, pattern), .. rest])), Throws.TypeOf<MergeException>().With.Message.Contains(words));
    }

    [Test]
    public void Assign_GroupBehindOneThatHasItsTensors_IsRefused()
    {
        using ModelFamily family = Family(Vit);
        Assert.That(() => Space(family, new PatternGrouping([new("all", ".*"), new("late", "head")])), Throws.TypeOf<MergeException>().With.Message.EqualTo("granularity.groups.late: 'head' selects no tensor that no group before it has."));
    }

    public void Dispose() => _folder.Dispose();

    private static MergeSpace Space(ModelFamily family, TensorGrouping grouping) =>
        new(new TaskArithmetic().Prepare(TaskVectors.Mapped(family)), new CoefficientGroups(family, grouping, new TensorBlocks(TensorBlocks.DefaultPatterns), new TensorKinds([])), BufferPolicy.Average);

    private ModelFamily Family(string[] names)
    {
        string Save(string name, float value) => _folder.Safetensors($"{name}.safetensors", [.. names.Select(tensor => TensorContent.FromFloats(tensor, TensorType.F32, [2], new[] { value, value }))]);
        return ModelFamily.Open(Save("base", 1), [new("a", Save("a", 2)), new("b", Save("b", 4))], []);
    }
}
