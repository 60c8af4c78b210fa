using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;

namespace Search.Tests.Merging;

public sealed class MergeSpaceTests : IDisposable
{
    private static readonly string[] Names =
        ["blocks.0.w", "blocks.1.w", "blocks.10.w", "bn.running_mean", "bn.running_var", "embed", "norm.bias"];

    private readonly TemporaryFolder _folder = new();
    private readonly ModelFamily _family;

    public MergeSpaceTests()
    {
        TensorContent[] Tensors(float value) =>
        [
            .. Names.Select(name => TensorContent.FromFloats(name, TensorType.F32, [2], new[] { value, value })),
            TensorContent.FromValues("bn.num_batches_tracked", TensorType.I64, [], new[] { (long)value }),
        ];
        _family = ModelFamily.Open(
            _folder.Safetensors("base.safetensors", Tensors(1)),
            [new("a", _folder.Safetensors("a.safetensors", Tensors(3))), new("b", _folder.Safetensors("b.safetensors", Tensors(7)))],
            []);
    }

    [TestCase(Granularity.Model, "a", "b")]
    [TestCase(Granularity.Block, "a/blocks.0", "b/blocks.0", "a/blocks.1", "b/blocks.1", "a/blocks.10", "b/blocks.10", "a/rest", "b/rest")]
    [TestCase(
        Granularity.Tensor, "a/blocks.0.w", "b/blocks.0.w", "a/blocks.1.w", "b/blocks.1.w", "a/blocks.10.w", "b/blocks.10.w", "a/embed", "b/embed", "a/norm.bias", "b/norm.bias")]
    public void Name_Granularity_NamesExpertsAndGroups(Granularity granularity, params string[] names)
    {
        MergeSpace space = Space(granularity);
        Assert.That(Enumerable.Range(0, space.Dimension).Select(space.Name), Is.EqualTo(names));
    }

    [Test]
    public void Decode_Block_ActsOnItsTensorsOnly()
    {
        MergeSpace space = Space(Granularity.Block);
        MergeWeights weights = space.Decode([.. Enumerable.Range(1, space.Dimension).Select(i => (double)i)]);
        Assert.Multiple(() =>
        {
            Assert.That(weights[0].ToArray(), Is.EqualTo(new float[] { 1, 2 }), "blocks.0");
            Assert.That(weights[2].ToArray(), Is.EqualTo(new float[] { 5, 6 }), "blocks.10");
            Assert.That(weights[5].ToArray(), Is.EqualTo(new float[] { 7, 8 }), "embed");
            Assert.That(weights[6].ToArray(), Is.EqualTo(new float[] { 7, 8 }), "norm");
            Assert.That(space.Elements(6).Select(part => part.Tensor), Is.EqualTo(new[] { "embed", "norm.bias" }));
        });
    }

    [TestCase(BufferPolicy.Average, 0.5f)]
    [TestCase(BufferPolicy.Base, 0)]
    public void Decode_BatchNormStatistics_FollowTheirPolicyAndNoCoefficient(BufferPolicy policy, float weight)
    {
        MergeSpace space = Space(Granularity.Model, policy);
        Assert.That(space.Decode([0.9, -0.4])[4].ToArray(), Is.EqualTo(new[] { weight, weight }));
    }

    [Test]
    public void Uniform_Exact_TakesBatchNormStatisticsAlong() =>
        Assert.That(Space(Granularity.Model).Uniform([0, 1], exact: true)[4].ToArray(), Is.EqualTo(new float[] { 0, 1 }));

    [Test]
    public void Name_OwnBlockPatterns_ReplaceTheDefault()
    {
        var space = new MergeSpace(new TaskArithmetic().Prepare(TaskVectors.Mapped(_family)), Granularity.Block, new TensorBlocks([@"^(embed)", @"^blocks\.(\d)"]), BufferPolicy.Base);
        Assert.That(space.Groups, Is.EqualTo(new[] { "0", "1", "embed", "rest" }));
    }

    [Test]
    public void Family_NonFloatTensors_AreCopiedAndNeverMerged()
    {
        Assert.That(_family.Copied.Select(tensor => tensor.Name), Is.EqualTo(new[] { "bn.num_batches_tracked" }));
        Assert.That(_family.Layout.Tensors.Select(tensor => tensor.Name), Is.EqualTo(Names));
    }

    public void Dispose()
    {
        _family.Dispose();
        _folder.Dispose();
    }

    private MergeSpace Space(Granularity granularity, BufferPolicy buffers = BufferPolicy.Average) =>
        new(new TaskArithmetic().Prepare(TaskVectors.Mapped(_family)), granularity, new TensorBlocks(TensorBlocks.DefaultPatterns), buffers);
}
