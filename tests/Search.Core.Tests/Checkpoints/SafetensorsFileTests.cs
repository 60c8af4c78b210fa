using System.Buffers.Binary;
using System.Text;
using Search.Checkpoints;

namespace Search.Tests.Checkpoints;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Test]
    public void Open_AFileWrittenByHand_ReadsTensorsAndMetadata()
    {
        string path = Save("""{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[],"data_offsets":[8,9]},"z":{"dtype":"I64","shape":[3,0],"data_offsets":[9,9]}}   """, [0, 0, 128, 63, 0, 0, 0, 192, 7]);
        using Checkpoint file = Checkpoint.Open(path);
        byte[] one = new byte[1];
        file.ReadBytes(file.Find("a")!, 0, one);
        Assert.Multiple(() =>
        {
            Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "a", "b", "z" }));
            Assert.That(file.ReadFloats(file.Find("b")!), Is.EqualTo(new[] { 1f, -2f }));
            Assert.That(one[0], Is.EqualTo(7));
            Assert.That(file.Find("z")!.ElementCount, Is.Zero);
            Assert.That(file.Metadata["format"], Is.EqualTo("pt"));
            Assert.That(file.Find("c"), Is.Null);
        });
    }

    // header, data bytes, tensor named, text in the message
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", 8, null, "valid JSON", TestName = "Open_UnfinishedJson_IsRefused")]
    [TestCase("""["a"]""", 0, null, "starts with '{'", TestName = "Open_NoObject_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}""", 8, "a", "twice", TestName = "Open_DuplicateName_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8, "a", "'dtype' twice", TestName = "Open_DuplicateField_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "a", "'data_offsets' is missing", TestName = "Open_MissingField_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", 8, "a", "got 'more'", TestName = "Open_ExtraField_IsRefused")]
    [TestCase("""{"a":{"dtype":3,"shape":[2],"data_offsets":[0,8]}}""", 8, "a", "'dtype' must be a text", TestName = "Open_DtypeOfWrongKind_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "a", "'shape' must be a list", TestName = "Open_ShapeOfWrongKind_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "a", "got -2", TestName = "Open_NegativeDimension_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "a", "got 2.5", TestName = "Open_FractionalDimension_IsRefused")]
    [TestCase("""{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}""", 2, "a", "'F8_E4M3' is a type that merging does not support", TestName = "Open_F8E4M3_IsRefusedByName")]
    [TestCase("""{"a":{"dtype":"F8_E5M2","shape":[2],"data_offsets":[0,2]}}""", 2, "a", "'F8_E5M2' is a type that merging does not support", TestName = "Open_F8E5M2_IsRefusedByName")]
    [TestCase("""{"a":{"dtype":"Q3","shape":[2],"data_offsets":[0,2]}}""", 2, "a", "'Q3' is no type of the format", TestName = "Open_UnknownDtype_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "a", "more bytes than 64 bits", TestName = "Open_ShapeThatOverflows_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "a", "more bytes than 64 bits", TestName = "Open_OverflowHiddenByZero_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "a", "begin <= end", TestName = "Open_OffsetsReversed_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 8, "a", "end <= 8", TestName = "Open_OffsetsBeyondTheFile_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8, "a", "[begin, end]", TestName = "Open_ThreeOffsets_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 8, "a", "takes 8 bytes, but data_offsets span 4", TestName = "Open_LengthThatContradictsTheShape_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "b", "overlaps", TestName = "Open_Overlap_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "b", "hole", TestName = "Open_Hole_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "hole", TestName = "Open_HoleAtTheStart_IsRefused")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, null, "4 bytes behind the last tensor", TestName = "Open_TrailingBytes_IsRefused")]
    [TestCase("""{"__metadata__":{"a":1}}""", 0, null, "object of texts", TestName = "Open_MetadataOfWrongKind_IsRefused")]
    public void Open_BrokenHeader_NamesFileTensorAndOffset(string header, int dataBytes, string? tensor, string message)
    {
        string path = Save(header, new byte[dataBytes]);
        CheckpointFormatException exception = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(path))!;
        Assert.Multiple(() =>
        {
            Assert.That(exception.Message, Does.StartWith(path).And.Contain(message));
            Assert.That(exception.Tensor, Is.EqualTo(tensor));
            Assert.That(exception.Offset, Is.InRange(8, 8 + header.Length + dataBytes));
        });
    }

    [TestCase(new byte[] { 1, 2, 3 }, "has 3 bytes")]
    [TestCase(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, (byte)'{' }, "at most 1 bytes here, got 9")]
    [TestCase(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, "got 18446744073709551615")]
    [TestCase(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 }, "starts with '{'")]
    public void Open_BrokenLength_IsRefusedBeforeAnythingIsAllocated(byte[] bytes, string message)
    {
        string path = _folder.Write("broken.safetensors", bytes);
        Assert.That(() => Checkpoint.Open(path), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains(message));
    }

    [Test]
    public void Open_RandomDamage_OpensOrSaysWhatIsWrong()
    {
        byte[] good = File.ReadAllBytes(_folder.Safetensors(
            "good.safetensors", TensorContent.FromFloats("x.weight", TensorType.F16, [3, 2], new float[6]), TensorContent.FromValues("ids", TensorType.I64, [2], new long[] { 1, 2 })));
        var random = new Random(4);
        for (int i = 0; i < 3000; i++)
        {
            byte[] bad = good[..(i % 3 == 0 ? random.Next(good.Length) : good.Length)];
            for (int flips = random.Next(4); flips >= 0 && bad.Length > 0; flips--)
            {
                bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            }

            string path = _folder.Write("bad.safetensors", bad);
            try
            {
                Checkpoint.Open(path).Dispose();
            }
            catch (CheckpointFormatException exception)
            {
                Assert.That(exception.Message, Does.StartWith(path));
            }
        }
    }

    [Test]
    public void ReadFloats_BeyondFourGigabytes_ReadsTheRightBytes()
    {
        const long elements = (5L << 30) / 4;
        string header = $$$"""{"big":{"dtype":"F32","shape":[{{{elements}}}],"data_offsets":[0,{{{elements * 4}}}]},"tail":{"dtype":"F32","shape":[1],"data_offsets":[{{{elements * 4}}},{{{(elements * 4) + 4}}}]}}""";
        string path = Save(header, []);
        using (var file = new FileStream(path, FileMode.Open))
        {
            // A sparse file: only what is written takes room.
            file.SetLength(8 + header.Length + (elements * 4) + 4);
            file.Position = 8 + header.Length + ((elements - 1) * 4);
            file.Write([0, 0, 128, 63, 0, 0, 0, 64]);
        }

        using Checkpoint checkpoint = Checkpoint.Open(path);
        float[] last = new float[2];
        checkpoint.ReadFloats(checkpoint.Find("big")!, elements - 2, last);
        Assert.That(last, Is.EqualTo(new[] { 0f, 1f }));
        Assert.That(checkpoint.ReadFloats(checkpoint.Find("tail")!), Is.EqualTo(new[] { 2f }));
    }

    [Test]
    public void ReadBytes_OutsideTheTensor_IsRefused()
    {
        using Checkpoint file = Checkpoint.Open(_folder.Safetensors("a.safetensors", TensorContent.FromFloats("w", TensorType.F32, [2], new float[2])));
        Assert.That(() => file.ReadFloats(file.Find("w")!, 1, new float[2]), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Open_MissingFile_NamesItAndTheNearest()
    {
        _folder.Safetensors("model.safetensors", TensorContent.FromFloats("w", TensorType.F32, [1], new float[1]));
        Assert.That(() => Checkpoint.Open(_folder.File("modle.safetensors")), Throws.TypeOf<SearchException>().With.Message.Contains("did you mean 'model.safetensors'"));
    }

    [Test]
    public void Open_FileOfNoKnownKind_SaysWhatIsAllowed() =>
        Assert.That(() => Checkpoint.Open(_folder.Write("model.bin", "x")), Throws.TypeOf<SearchException>().With.Message.Contains("allowed are .safetensors"));

    public void Dispose() => _folder.Dispose();

    private string Save(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        return _folder.Write("file.safetensors", bytes);
    }
}
