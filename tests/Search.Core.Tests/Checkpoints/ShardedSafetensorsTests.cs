using Search.Checkpoints;

namespace Search.Tests.Checkpoints;

public sealed class ShardedSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ShardedSafetensorsTests()
    {
        _folder.Safetensors("s1.safetensors", Tensor("b", 1), Tensor("c", 2));
        _folder.Safetensors("s2.safetensors", Tensor("a", 3));
    }

    [Test]
    public void Open_FolderWithIndex_ReadsEveryShard()
    {
        Index("""{"metadata":{"total_size":12},"weight_map":{"a":"s2.safetensors","b":"s1.safetensors","c":"s1.safetensors"}}""");
        using Checkpoint model = Checkpoint.Open(_folder.Path);
        Assert.That(model.Tensors.Select(tensor => (tensor.Name, model.ReadFloats(tensor)[0])), Is.EqualTo(new[] { ("a", 3f), ("b", 1f), ("c", 2f) }));
    }

    [TestCase("""{"weight_map":{"a":"s3.safetensors"}}""", "shard 's3.safetensors' is missing")]
    [TestCase("""{"weight_map":{"a":"s2.safetensors","x":"s2.safetensors"}}""", "'x': the tensor is not in its shard")]
    [TestCase("""{"weight_map":{"b":"s1.safetensors"}}""", "'c'")]
    [TestCase("""{"weight_map":{"a":"../s2.safetensors"}}""", "in the index's own folder")]
    [TestCase("""{"weight_map":{"a":"/s2.safetensors"}}""", "in the index's own folder")]
    [TestCase("""{"weight_map":{"a":"s2.safetensors","a":"s1.safetensors"}}""", "not valid JSON")]
    [TestCase("""{"weight_map":{"a":2}}""", "must name a shard file")]
    [TestCase("""{"weights":{}}""", "needs 'weight_map'")]
    [TestCase("""{""", "not valid JSON")]
    public void Open_BrokenIndex_SaysWhatIsWrong(string index, string message) =>
        Assert.That(() => Checkpoint.Open(Index(index)), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains(message));

    public void Dispose() => _folder.Dispose();

    private string Index(string json) => _folder.Write("model.safetensors.index.json", json);

    private static TensorContent Tensor(string name, float value) => TensorContent.FromFloats(name, TensorType.F32, [1], new[] { value });
}
