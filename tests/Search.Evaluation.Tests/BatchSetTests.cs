using Search.Checkpoints;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

internal sealed class BatchSetTests
{
    private static readonly GraphInput Image = new("image", OrtElementType.Float, [null, 2]);
    private static readonly GraphInput Tokens = new("tokens", OrtElementType.Int64, [null, null]);
    private static readonly Dictionary<string, AffineMap> NoMaps = [];

    [Test]
    public void Load_MoreExamplesThanABatch_CutsInOrder()
    {
        MemoryCheckpoint file = new MemoryCheckpoint()
            .With("image", new float[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 5, 2)
            .With("tokens", new long[] { 10, 11, 12, 13, 14 }, 5, 1)
            .With("label", new long[] { 5, 6, 7, 8, 9 }, 5);
        using BatchSet set = new(file, [Image, Tokens], NoMaps, 2);

        IReadOnlyList<Batch> batches = set.Load();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(batches.Select(batch => batch.Examples), Is.EqualTo(new[] { 2, 2, 1 }));
            Assert.That(batches[1].Inputs[0].Values, Is.EqualTo(new float[] { 4, 5, 6, 7 }));
            Assert.That(batches[1].Inputs[0].Shape, Is.EqualTo(new long[] { 2, 2 }));
            Assert.That(batches[2].Inputs[1].Values, Is.EqualTo(new long[] { 14 }));
            Assert.That(batches[2].Inputs[1].Shape, Is.EqualTo(new long[] { 1, 1 }));
            Assert.That(batches[1].Labels, Is.EqualTo(new[] { 7, 8 }));
        }
    }

    [Test]
    public void Constructor_GoodFile_ReadsNoData()
    {
        MemoryCheckpoint file = new MemoryCheckpoint().With("image", new float[2], 1, 2);
        using BatchSet set = new(file, [Image], NoMaps, 2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Reads, Is.Zero);
            Assert.That(set.Load().Single().Labels, Is.Empty);
        }
    }

    [Test]
    public void Load_CompactFloats_AreConverted()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read(new MemoryCheckpoint().With("image", new[] { (Half)0.5, (Half)(-2) }, 1, 2)), Is.EqualTo(new[] { 0.5f, -2f }));
            Assert.That(Read(new MemoryCheckpoint().With("image", new[] { 0.1, 1e300 }, 1, 2)), Is.EqualTo(new[] { 0.1f, float.PositiveInfinity }));
            Assert.That(Read(new MemoryCheckpoint().With("image", TensorType.BF16, [0x80, 0x3F, 0x20, 0xC0], 1, 2)), Is.EqualTo(new[] { 1f, -2.5f }));
        }
    }

    [Test]
    public void Load_AffineMap_ScalesThenShifts()
    {
        Dictionary<string, AffineMap> maps = new() { ["image"] = new AffineMap(2.0 / 255, -1) };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read(new MemoryCheckpoint().With("image", new byte[] { 0, 255 }, 1, 2), maps), Is.EqualTo(new[] { -1f, 1f }));
            Assert.That(Read(new MemoryCheckpoint().With("image", new sbyte[] { -128, 127 }, 1, 2), maps), Is.EqualTo(new[] { (float)((-256.0 / 255) - 1), (float)((254.0 / 255) - 1) }));
            Assert.That(Read(new MemoryCheckpoint().With("image", new[] { 255f, 0 }, 1, 2), maps), Is.EqualTo(new[] { 1f, -1f }));
        }
    }

    [Test]
    public void Load_OtherFloatInputs_GetTheirOwnType()
    {
        MemoryCheckpoint file = new MemoryCheckpoint().With("image", new[] { 0.1, 0.25 }, 1, 2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new BatchSet(file, [Image with { Type = OrtElementType.Double }], NoMaps, 1).Load()[0].Inputs[0].Values, Is.EqualTo(new[] { 0.1, 0.25 }));
            Assert.That(new BatchSet(file, [Image with { Type = OrtElementType.Float16 }], NoMaps, 1).Load()[0].Inputs[0].Values, Is.EqualTo(new[] { (Half)0.1f, (Half)0.25f }));
        }
    }

    [Test]
    public void Load_NarrowerIntegers_AreWidened()
    {
        MemoryCheckpoint[] files =
        [
            new MemoryCheckpoint().With("tokens", new[] { 1, 0 }, 1, 2),
            new MemoryCheckpoint().With("tokens", new short[] { 1, 0 }, 1, 2),
            new MemoryCheckpoint().With("tokens", new sbyte[] { 1, 0 }, 1, 2),
            new MemoryCheckpoint().With("tokens", new byte[] { 1, 0 }, 1, 2),
            new MemoryCheckpoint().With("tokens", new[] { true, false }, 1, 2),
        ];

        using (Assert.EnterMultipleScope())
        {
            foreach (MemoryCheckpoint file in files)
            {
                Assert.That(new BatchSet(file, [Tokens], NoMaps, 1).Load()[0].Inputs[0].Values, Is.EqualTo(new[] { 1L, 0L }), file.Tensors[0].Type.ToString());
            }

            Assert.That(
                new BatchSet(files[4], [Tokens with { Type = OrtElementType.Bool }], NoMaps, 1).Load()[0].Inputs[0].Values,
                Is.EqualTo(new[] { true, false }));
        }
    }

    [Test]
    public void Load_GraphFixesTheBatch_UsesTheGraphsSize()
    {
        MemoryCheckpoint file = new MemoryCheckpoint().With("image", new float[12], 6, 2);
        using BatchSet set = new(file, [Image with { Dimensions = [3, 2] }], NoMaps, 64);

        Assert.That(set.Load().Select(batch => batch.Examples), Is.EqualTo(new[] { 3, 3 }));
    }

    [Test]
    public void Load_LabelTooLarge_Throws()
    {
        using BatchSet set = new(new MemoryCheckpoint("b.st").With("image", new float[2], 1, 2).With("label", new[] { 1L << 40 }, 1), [Image], NoMaps, 1);

        Assert.That(() => set.Load(), Throws.TypeOf<SearchException>().With.Message.StartsWith("b.st, tensor 'label': "));
    }

    [Test]
    public void Constructor_FileDoesNotFit_ThrowsNamingFileTensorAndBothSides()
    {
        using (Assert.EnterMultipleScope())
        {
            AssertRefused(new MemoryCheckpoint("b.st").With("imagge", new float[2], 1, 2), Image, "b.st, tensor 'image'", "[?, 2]", "(did you mean 'imagge'?)");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", new float[3], 1, 3), Image, "the graph expects the shape [?, 2], found [1, 3]");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", new float[2], 2), Image, "the graph expects the shape [?, 2], found [2]");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", new float[1]), Image, "scalar");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", new byte[2], 1, 2), Image, "the graph expects float32, found U8", "inputs: { image: { scale:");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", new int[2], 1, 2), Image, "the graph expects float32, found I32");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", Array.Empty<float>(), 0, 2), Image, "0 examples");
            AssertRefused(new MemoryCheckpoint("b.st").With("tokens", new float[2], 1, 2), Tokens, "the graph expects int64, found F32");
            AssertRefused(new MemoryCheckpoint("b.st").With("tokens", new long[2], 1, 2), Tokens with { Type = OrtElementType.Int32 }, "the graph expects int32, found I64");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", new float[2], 1, 2).With("label", new float[1], 1), Image, "tensor 'label': labels are integers, found F32");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", new float[2], 1, 2).With("label", new int[2], 2), Image, "expected 1 labels", "[2]");
            AssertRefused(new MemoryCheckpoint("b.st").With("image", new float[8], 4, 2), Image with { Dimensions = [3, 2] }, "the graph fixes 3 examples a batch");
        }
    }

    [Test]
    public void Constructor_InputsDisagreeOnExamples_Throws()
    {
        MemoryCheckpoint file = new MemoryCheckpoint("b.st").With("image", new float[4], 2, 2).With("tokens", new long[3], 3, 1);

        Assert.That(
            () => new BatchSet(file, [Image, Tokens], NoMaps, 1),
            Throws.TypeOf<SearchException>().With.Message.EqualTo("b.st, tensor 'tokens': it has 3 examples, but 'image' has 2."));
        Assert.That(file.IsDisposed, "the file is released");
    }

    private static Array Read(MemoryCheckpoint file, Dictionary<string, AffineMap>? maps = null) =>
        new BatchSet(file, [Image], maps ?? NoMaps, 1).Load()[0].Inputs[0].Values;

    private static void AssertRefused(MemoryCheckpoint file, GraphInput input, params string[] parts)
    {
        SearchException? error = Assert.Throws<SearchException>(() => new BatchSet(file, [input], NoMaps, 1));
        foreach (string part in parts)
        {
            Assert.That(error!.Message, Does.Contain(part));
        }

        Assert.That(file.IsDisposed, "the file is released");
    }
}
