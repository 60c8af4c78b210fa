using Search.Checkpoints;
using Search.Merging;

namespace Search.Tests.Merging;

public sealed class ModelFamilyTests
{
    [Test]
    public void Open_ExpertsThatDiffer_ListsEveryDifference()
    {
        using var folder = new TemporaryFolder();
        string baseModel = folder.Safetensors("base.safetensors", Tensor("a", 2), Tensor("b", 2), Tensor("c", 2));
        string one = folder.Safetensors("one.safetensors", Tensor("a", 3), Tensor("b", 2, TensorType.F16), Tensor("d", 2));
        Assert.That(() => ModelFamily.Open(baseModel, [new("one", one)], []), Throws.TypeOf<MergeException>()
            .With.Message.Contains("'a' is [2] in the base and [3] in expert one")
            .And.Message.Contains("'b' is F32 in the base and F16 in expert one")
            .And.Message.Contains("'c' is missing in expert one")
            .And.Message.Contains("'d' of expert one is missing in the base"));
    }

    [Test]
    public void Open_PrivateTensors_MayDifferAndAreNotMerged()
    {
        using var folder = new TemporaryFolder();
        string baseModel = folder.Safetensors("base.safetensors", Tensor("body", 2));
        string one = folder.Safetensors("one.safetensors", Tensor("body", 2), Tensor("head.weight", 5));
        string two = folder.Safetensors("two.safetensors", Tensor("body", 2), Tensor("head.weight", 9), Tensor("head.bias", 1));
        using ModelFamily family = ModelFamily.Open(baseModel, [new("one", one), new("two", two)], [@"^head\."]);
        Assert.Multiple(() =>
        {
            Assert.That(family.Shared.Select(tensor => tensor.Name), Is.EqualTo(new[] { "body" }));
            Assert.That(family.PrivateNames, Is.EqualTo(new[] { "head.bias", "head.weight" }));
        });
    }

    [Test]
    public void Open_NothingLeftToMerge_IsRefused()
    {
        using var folder = new TemporaryFolder();
        string model = folder.Safetensors("base.safetensors", Tensor("head.weight", 2));
        Assert.That(() => ModelFamily.Open(model, [new("one", model)], ["^head"]), Throws.TypeOf<MergeException>().With.Message.Contains("no floating-point tensor left"));
    }

    private static TensorContent Tensor(string name, int elements, TensorType type = TensorType.F32) =>
        TensorContent.FromFloats(name, type, [elements], new float[elements]);
}
