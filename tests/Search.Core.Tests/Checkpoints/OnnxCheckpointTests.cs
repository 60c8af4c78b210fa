using Google.Protobuf;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;

namespace Search.Tests.Checkpoints;

public sealed class OnnxCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Test]
    public void Open_RawAndTypedData_ReadTheSame()
    {
        using Checkpoint model = Checkpoint.Open(Save(
            new TensorProto { Name = "raw", DataType = OnnxTensorType.Float, Dims = { 2 }, RawData = ByteString.CopyFrom(0, 0, 128, 63, 0, 0, 0, 64) },
            new TensorProto { Name = "typed", DataType = OnnxTensorType.Float, Dims = { 2 }, FloatData = { 1, 2 } },
            new TensorProto { Name = "double", DataType = OnnxTensorType.Double, Dims = { 2 }, DoubleData = { 1, 2 } },
            new TensorProto { Name = "half", DataType = OnnxTensorType.Float16, Dims = { 2 }, Int32Data = { 0x3C00, 0x4000 } },
            new TensorProto { Name = "bfloat16", DataType = OnnxTensorType.BFloat16, Dims = { 2 }, Int32Data = { 0x3F80, 0x4000 } },
            new TensorProto { Name = "long", DataType = OnnxTensorType.Int64, Dims = { 2 }, Int64Data = { 1, 2 } },
            new TensorProto { Name = "byte", DataType = OnnxTensorType.UInt8, Dims = { 2 }, Int32Data = { 1, 2 } }));
        Assert.Multiple(() =>
        {
            Assert.That(model.Tensors, Has.Count.EqualTo(7));
            foreach (TensorInfo tensor in model.Tensors)
            {
                Assert.That(model.ReadFloats(tensor), Is.EqualTo(new[] { 1f, 2f }), tensor.Name);
            }
        });
    }

    [Test]
    public void Open_DataThatContradictsTheShape_IsRefused() =>
        AssertRefused(new TensorProto { Name = "w", DataType = OnnxTensorType.Float, Dims = { 3 }, FloatData = { 1 } }, "takes 12 bytes, but the initializer holds 4");

    [Test]
    public void Open_NegativeDimension_IsRefused() =>
        AssertRefused(new TensorProto { Name = "w", DataType = OnnxTensorType.Float, Dims = { -1 } }, "must not be negative");

    [Test]
    public void Open_ShapeThatOverflows_IsRefused() =>
        AssertRefused(new TensorProto { Name = "w", DataType = OnnxTensorType.Float, Dims = { 1L << 40, 1L << 40 } }, "more bytes than 64 bits");

    [Test]
    public void Open_ExternalData_IsReadAtItsPosition()
    {
        _folder.Write("weights.bin", [9, 9, 9, 9, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64]);
        using Checkpoint model = Checkpoint.Open(Save(
            External("w", 2, ("location", "weights.bin"), ("offset", "4"), ("length", "8")),
            External("rest", 1, ("location", "./weights.bin"), ("offset", "12")),
            new TensorProto { Name = "inside", DataType = OnnxTensorType.Float, Dims = { 1 }, FloatData = { 7 } }));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.ReadFloats(model.Find("w")!), Is.EqualTo(new[] { 1f, 2f }));
            Assert.That(model.ReadFloats(model.Find("rest")!), Is.EqualTo(new[] { 3f }));
            Assert.That(model.ReadFloats(model.Find("inside")!), Is.EqualTo(new[] { 7f }));
            Assert.That(model.Find("w")!.File, Does.EndWith("weights.bin"));
            Assert.That(model.Find("w")!.Offset, Is.EqualTo(4));
            Assert.That(() => model.ReadBytes(model.Find("w")!, 4, new byte[8]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [TestCase("", "no location says in which")]
    [TestCase("location=missing.bin", "'missing.bin' is not there")]
    [TestCase("location=../weights.bin", "inside the model's folder")]
    [TestCase("location=/etc/hostname", "inside the model's folder")]
    [TestCase("location=weights.bin;offset=9", "which has 16")]
    [TestCase("location=weights.bin;offset=-8", "offset must be a whole number of at least 0")]
    [TestCase("location=weights.bin;offset=9223372036854775807", "which has 16")]
    [TestCase("location=weights.bin;length=12", "takes 8 bytes, but its external data has 12")]
    public void Open_ExternalDataOutOfPlace_IsRefused(string entries, string message)
    {
        _folder.Write("weights.bin", new byte[16]);
        AssertRefused(External("w", 2, [.. entries.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split('=')).Select(parts => (parts[0], parts[1]))]), message);
    }

    [Test]
    public void Open_UnknownType_IsRefused() => AssertRefused(new TensorProto { Name = "w", DataType = 14, Dims = { 1 } }, "type 14 is not supported");

    [Test]
    public void Open_DuplicateName_IsRefused()
    {
        var tensor = new TensorProto { Name = "w", DataType = OnnxTensorType.Float, Dims = { 1 }, FloatData = { 1 } };
        Assert.That(() => Checkpoint.Open(Save(tensor, tensor)), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("two initializers"));
    }

    [Test]
    public void Open_RandomDamage_OpensOrSaysWhatIsWrong()
    {
        _folder.Write("weights.bin", new byte[16]);
        byte[] good = File.ReadAllBytes(Save(
            new TensorProto { Name = "w", DataType = OnnxTensorType.Float, Dims = { 3, 2 }, FloatData = { 1, 2, 3, 4, 5, 6 } },
            External("e", 2, ("location", "weights.bin"), ("offset", "4"), ("length", "8"))));
        var random = new Random(5);
        for (int i = 0; i < 1000; i++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Checkpoint.Open(_folder.Write("bad.onnx", bad)).Dispose();
            }
            catch (CheckpointFormatException)
            {
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private void AssertRefused(TensorProto tensor, string message)
    {
        CheckpointFormatException exception = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(Save(tensor)))!;
        Assert.That(exception.Message, Does.Contain(message));
        Assert.That(exception.Tensor, Is.EqualTo("w"));
    }

    private static TensorProto External(string name, long count, params (string Key, string Value)[] entries)
    {
        var tensor = new TensorProto { Name = name, DataType = OnnxTensorType.Float, Dims = { count }, DataLocation = 1 };
        tensor.ExternalData.AddRange(entries.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return tensor;
    }

    private string Save(params TensorProto[] initializers)
    {
        var model = new ModelProto { Graph = new GraphProto { Output = { new ValueInfoProto { Name = "y" } } } };
        model.Graph.Initializer.AddRange(initializers);
        return _folder.Write("model.onnx", model.ToByteArray());
    }
}
