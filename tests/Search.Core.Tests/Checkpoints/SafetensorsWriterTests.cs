using System.Buffers.Binary;
using System.Text.Json;
using Search.Checkpoints;

namespace Search.Tests.Checkpoints;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Test]
    public void Write_ThenRead_GivesEveryTypeBack()
    {
        TensorContent[] tensors = [.. Enum.GetValues<TensorType>().Select(type =>
        {
            int size = TensorConversion.ByteSize(type);
            return new TensorContent($"t.{type}", type, [3, 5], (offset, bytes) =>
            {
                for (int i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = (byte)((offset + i + size) % 2);
                }
            });
        })];
        using Checkpoint file = Checkpoint.Open(_folder.Safetensors("all.safetensors", tensors));
        foreach (TensorContent tensor in tensors)
        {
            TensorInfo read = file.Find(tensor.Name)!;
            byte[] expected = new byte[tensor.ByteLength];
            byte[] bytes = new byte[read.ByteLength];
            tensor.Read(0, expected);
            file.ReadBytes(read, 0, bytes);
            Assert.Multiple(() =>
            {
                Assert.That(read.Type, Is.EqualTo(tensor.Type));
                Assert.That(read.Shape, Is.EqualTo(tensor.Shape));
                Assert.That(bytes, Is.EqualTo(expected));
            });
        }
    }

    [Test]
    public void Write_LargeTensor_ArrivesInPieces()
    {
        float[] values = [.. Enumerable.Range(0, 1_000_003).Select(i => (float)i)];
        using Checkpoint file = Checkpoint.Open(_folder.Safetensors("large.safetensors", TensorContent.FromFloats("w", TensorType.F32, [values.Length], values)));
        Assert.That(file.ReadFloats(file.Find("w")!), Is.EqualTo(values));
    }

    // The format itself, read without this project's reader.
    [Test]
    public void Write_Header_IsAlignedOrderedAndWithoutHoles()
    {
        string path = _folder.File("model.safetensors");
        SafetensorsWriter.Write(
            path,
            [TensorContent.FromFloats("b", TensorType.F16, [1], new float[1]), TensorContent.FromFloats("c", TensorType.F32, [2], new float[2]), TensorContent.FromFloats("a", TensorType.F16, [3], new float[3])],
            new Dictionary<string, string> { ["format"] = "pt" });
        byte[] bytes = File.ReadAllBytes(path);
        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, (int)length));
        Assert.Multiple(() =>
        {
            Assert.That(length % 8, Is.Zero);
            Assert.That(bytes, Has.Length.EqualTo(8 + length + 16));
            Assert.That(json.RootElement.EnumerateObject().Select(entry => entry.Name), Is.EqualTo(new[] { "__metadata__", "c", "a", "b" }));
            Assert.That(json.RootElement.GetProperty("b").GetRawText(), Is.EqualTo("""{"dtype":"F16","shape":[1],"data_offsets":[14,16]}"""));
        });
    }

    [Test]
    public void Write_ReaderThatFails_LeavesTheOldFileAndNothingElse()
    {
        string path = _folder.Safetensors("model.safetensors", TensorContent.FromFloats("w", TensorType.F32, [1], new[] { 5f }));
        byte[] before = File.ReadAllBytes(path);
        var broken = new TensorContent("w", TensorType.F32, [1], (_, _) => throw new InvalidDataException("source is gone"));
        Assert.That(() => SafetensorsWriter.Write(path, [broken]), Throws.InstanceOf<Exception>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(_folder.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void Write_FolderThatIsNotThere_SaysSoInOneSentence() =>
        Assert.That(
            () => SafetensorsWriter.Write(_folder.File("none/model.safetensors"), []),
            Throws.TypeOf<SearchException>().With.Message.Contains("cannot be written"));

    public void Dispose() => _folder.Dispose();
}
