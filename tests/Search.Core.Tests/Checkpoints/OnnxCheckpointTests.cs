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
    public void Open_ExternalData_IsRefused() =>
        AssertRefused(new TensorProto { Name = "w", DataType = OnnxTensorType.Float, Dims = { 1 }, DataLocation = 1 }, "in another file");

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
        byte[] good = File.ReadAllBytes(Save(new TensorProto { Name = "w", DataType = OnnxTensorType.Float, Dims = { 3, 2 }, FloatData = { 1, 2, 3, 4, 5, 6 } }));
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

    private string Save(params TensorProto[] initializers)
    {
        var model = new ModelProto { Graph = new GraphProto { Output = { new ValueInfoProto { Name = "y" } } } };
        model.Graph.Initializer.AddRange(initializers);
        return _folder.Write("model.onnx", model.ToByteArray());
    }
}
