using Search.Checkpoints;
using Search.Evaluation.Torch;
using Search.Merging;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

// Live tensors are counted for the process.
[NonParallelizable]
internal sealed class ResidentVectorsTests
{
    private const int Experts = 3;

    // One element, a part of a chunk, a whole one, and a few with a rest.
    private static readonly KeyValuePair<string, long[]>[] Shapes =
    [
        new("a", [1]), new("b", [7, 11]), new("c", [ResidentVectors.Chunk]), new("d", [3, ResidentVectors.Chunk + 5]),
    ];

    private ModelFamily _family = null!;

    [SetUp]
    public void CreateFamily()
    {
        TorchInstallation.Require();
        var origin = new SyntheticCheckpoint("base", Shapes, null, 1, 1);
        _family = new ModelFamily(
            origin, [.. Enumerable.Range(0, Experts).Select(k => KeyValuePair.Create($"expert{k}", (Checkpoint)new SyntheticCheckpoint($"expert{k}", Shapes, origin, 0.1, (ulong)k + 2)))], []);
    }

    [TearDown]
    public void NothingIsLeft()
    {
        _family.Dispose();
        Assert.That(TorchLibrary.LiveTensors, Is.Zero);
    }

    // Rounded task vectors keep 8 (bfloat16) or 11 (float16) bits, that is 0.4 % or 0.05 % of an element.
    [TestCase(TorchType.Float32, 2e-6)]
    [TestCase(TorchType.BFloat16, 3e-3)]
    [TestCase(TorchType.Float16, 4e-4)]
    public void Merge_AnyStorage_EqualsTheMergeOnTheHost(object storage, double tolerance)
    {
        TaskVectors vectors = TaskVectors.Resident(_family);
        var expected = new WeightSet(_family.Layout);
        using var resident = new ResidentVectors(vectors, "cpu", (TorchType)storage, slab: 2 * Experts * ResidentVectors.Chunk);
        foreach (int seed in new[] { 1, 2 })
        {
            MergeWeights merge = Weights(vectors, seed);
            new Merger(vectors.Layout).Merge([merge], [expected]);

            resident.Merge(merge);

            for (int t = 0; t < Shapes.Length; t++)
            {
                Assert.That(resident.Weights[t].Shape, Is.EqualTo(Shapes[t].Value));
                Assert.That(Floats(resident.Weights[t]), Is.EqualTo(expected[t].ToArray()).Within(tolerance));
            }
        }
    }

    [TestCase(TorchType.Float32, 1e-5)]
    [TestCase(TorchType.BFloat16, 4e-3)]
    [TestCase(TorchType.Float16, 5e-4)]
    public void AddDots_AnyStorage_EqualsTheDotsOnTheHost(object storage, double tolerance)
    {
        TaskVectors vectors = TaskVectors.Resident(_family);
        var expected = new MergeGradient(vectors);
        var gradient = new MergeGradient(vectors);
        using var resident = new ResidentVectors(vectors, "cpu", (TorchType)storage, slab: 2 * Experts * ResidentVectors.Chunk);
        resident.ClearGradients();
        for (int t = 0; t < Shapes.Length; t++)
        {
            // The task vectors themselves, so that no dot product is small beside its terms.
            float[] slopes = new float[_family.Layout.Tensors[t].ElementCount];
            ReadOnlySpan<float> origin = vectors.Base(t, 0, new float[slopes.Length]);
            vectors.Tau(t % Experts, t, 0, origin, slopes).CopyTo(slopes);
            expected.Add(t, slopes);
            using TorchTensor host = TorchTensor.Wrap<float>(slopes, [.. Shapes[t].Value]);
            using TorchTensor _ = TorchLibrary.Call("copy_", resident.Gradients[t], host);
        }

        resident.AddDots(gradient);

        for (int t = 0; t < Shapes.Length; t++)
        {
            for (int k = 0; k < Experts; k++)
            {
                Assert.That(gradient[t, k], Is.EqualTo(expected[t, k]).Within(tolerance * Enumerable.Range(0, Experts).Max(other => Math.Abs(expected[t, other]))), $"{t}, {k}");
            }
        }

        resident.ClearGradients();
        gradient.Clear();
        resident.AddDots(gradient);
        Assert.That(gradient[3, 0], Is.Zero);
    }

    private static MergeWeights Weights(TaskVectors vectors, int seed)
    {
        var merge = new MergeWeights(vectors);
        for (int t = 0; t < Shapes.Length; t++)
        {
            Mlp.Numbers(Experts, seed + t).CopyTo(merge[t]);
        }

        return merge;
    }

    private static float[] Floats(TorchTensor tensor)
    {
        using TorchTensor host = TorchData.OnHost(tensor, TorchType.Float32);
        return host.Read<float>().ToArray();
    }
}
