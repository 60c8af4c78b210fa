using Search.Checkpoints;
using Search.Controller;
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

    // θ₀ + τ3 + (τ2 − τ1), where one expert is θ2 on its own base θ1.
    [Test]
    public void Of_ExpertWithItsOwnBase_GivesTheAnalogy()
    {
        float[] origin = [1, -2, 0.5f, 4, 0, 10];
        float[][] taus = [[0.4f, -0.2f, 0.1f, 0, -0.3f, 0.05f], [-0.1f, -0.6f, 0.2f, 0.5f, 0.35f, 0], [0.2f, 0.3f, 0, -0.45f, 0.1f, -0.04f]];
        using var folder = new TemporaryFolder();
        string Save(string name, float[] tau) => folder.Safetensors($"{name}.safetensors", TensorContent.FromFloats("w", TensorType.F64, [6], origin.Zip(tau, (x, t) => x + t).ToArray()));
        string[] paths = [Save("base", new float[6]), .. taus.Select((tau, k) => Save($"e{k + 1}", tau))];
        using var family = ModelFamily.Of(paths[0], [new("other", paths[2], paths[1]), new("third", paths[3])], []);
        Assert.That(Merged(TaskVectors.Mapped(family), 1, 1), Is.EqualTo(new[] { 0.7, -2.1, 0.6, 4.05, 0.75, 9.91 }).Within(1e-6));
        Assert.That(Merged(TaskVectors.Resident(family), 1, 1), Is.EqualTo(Merged(TaskVectors.Mapped(family), 1, 1)), "from memory to the same bits");
    }

    [Test]
    public void Of_OwnBaseThatIsTheTarget_GivesTheExpertAndZeroLeavesTheTarget()
    {
        using var folder = new TemporaryFolder();
        string Save(string name, params float[] values) => folder.Safetensors($"{name}.safetensors", TensorContent.FromFloats("w", TensorType.F32, [values.Length], values));
        string target = Save("target", 0.5f, 7, -3);
        string chat = Save("chat", 0.25f, 8, -1);
        using var same = ModelFamily.Of(target, [new("chat", chat, target)], []);
        Assert.That(Merged(TaskVectors.Mapped(same), 1), Is.EqualTo(new[] { 0.25f, 8, -1 }), "language base and chat base are one model");
        using var foreign = ModelFamily.Of(target, [new("chat", chat, Save("english", 100, 0.125f, 1e-3f))], []);
        Assert.That(Merged(TaskVectors.Mapped(foreign), 0), Is.EqualTo(new[] { 0.5f, 7, -3 }), "a coefficient of zero skips a tensor to the bit");
    }

    // An average of variances, never θ₀ plus what the other base lacks, which may be negative.
    [Test]
    public void Of_OwnBaseWithStatistics_TheyAreFormedOnTheBaseOfTheMerge()
    {
        using var folder = new TemporaryFolder();
        string Save(string name, float weight, float variance) => folder.Safetensors(
            $"{name}.safetensors", TensorContent.FromFloats("bn.running_var", TensorType.F32, [1], new[] { variance }), TensorContent.FromFloats("w", TensorType.F32, [1], new[] { weight }));
        using var family = ModelFamily.Of(Save("base", 1, 1), [new("x", Save("x", 5, 3), Save("own", 4, 90))], []);
        TaskVectors vectors = TaskVectors.Mapped(family);
        Assert.That(vectors.CopyOf(0, 0, vectors.BaseOf(0)).Concat(vectors.CopyOf(0, 1, vectors.BaseOf(1))), Is.EqualTo(new[] { 2f, 1 }));
    }

    [Test]
    public void Of_OtherVocabularyOrShape_IsRefusedWithTheReason()
    {
        using var folder = new TemporaryFolder();
        string Save(string name, int rows, int width, TensorType type = TensorType.F32) =>
            folder.Safetensors($"{name}.safetensors", TensorContent.FromFloats("embed", type, [rows, 2], new float[2 * rows]), TensorContent.FromFloats("w", type, [width], new float[width]));
        string target = Save("target", 5, 3);
        string expert = Save("expert", 5, 3);
        void Refuses(string words, params ExpertDefinition[] experts) => Assert.That(() => ModelFamily.Of(target, experts, []), Throws.TypeOf<MergeException>().With.Message.Contains(words));
        Refuses("'embed' is [5, 2] in the base and [7, 2] in the own base of expert chat; rows of another vocabulary, or of other classes, cannot be added up", new ExpertDefinition("chat", expert, Save("rows", 7, 3)));
        Refuses("'embed' is [5, 2] in the base and [7, 2] in expert chat; rows of another vocabulary", new ExpertDefinition("chat", Save("grown", 7, 3), target));
        Refuses("'w' is [3] in the base and [4] in the own base of expert chat.", new ExpertDefinition("chat", expert, Save("wide", 5, 4)));
        Refuses("'embed' is missing in the own base of expert chat", new ExpertDefinition("chat", expert, folder.Safetensors("none.safetensors", Tensor("w", 3))));
        using var half = ModelFamily.Of(target, [new("chat", expert, Save("half", 5, 3, TensorType.BF16))], []);
        Assert.That(half.OwnBases.Keys, Is.EqualTo(new[] { "chat" }), "an own base may have another type: only its numbers count");
    }

    [Test]
    public void Open_NothingLeftToMerge_IsRefused()
    {
        using var folder = new TemporaryFolder();
        string model = folder.Safetensors("base.safetensors", Tensor("head.weight", 2));
        Assert.That(() => ModelFamily.Open(model, [new("one", model)], ["^head"]), Throws.TypeOf<MergeException>().With.Message.Contains("no floating-point tensor left"));
    }

    private static float[] Merged(TaskVectors vectors, params float[] coefficients)
    {
        var weights = new MergeWeights(vectors);
        coefficients.CopyTo(weights[0]);
        var merged = new WeightSet(vectors.Layout);
        new Merger(vectors.Layout).Merge([weights], [merged]);
        return merged[0].ToArray();
    }

    private static TensorContent Tensor(string name, int elements, TensorType type = TensorType.F32) =>
        TensorContent.FromFloats(name, type, [elements], new float[elements]);
}
