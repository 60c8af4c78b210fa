using Search.Checkpoints;
using Search.Controller;
using Search.Merging;

namespace Search.Tests.Merging;

public sealed class GivenMaskSparsifierTests : OperatorFixture
{
    [Test]
    public void Merge_MasksOfThreeTasks_AddsUpWhatIsLeft()
    {
        string settings = string.Join(',', new[] { "110011", "011110", "100111" }.Select((bits, k) => $"masks.e{k}={Bits($"m{k}", TensorType.Bool, bits)}"));
        Assert.That(Delta(Operator("masked", settings), [1, 1, 1]), Is.EqualTo(new[] { 0.6, -0.8, 0.2, 0.05, 0.15, 0.01 }).Within(1e-6));
    }

    [TestCase("none", new[] { 0.4, 0, 0.1, 0, -0.3, 0 })]
    [TestCase("expectation", new[] { 0.8, 0, 0.2, 0, -0.6, 0 })]
    [TestCase("l1", new[] { 0.525, 0, 0.13125, 0, -0.39375, 0 })]
    public void T4_Merge_Rescaled_GivesTheKnownAnswer(string rescale, double[] expected)
    {
        foreach (TensorType type in new[] { TensorType.U8, TensorType.Bool })
        {
            Assert.That(Delta(Operator("masked", $"rescale={rescale},masks.e0={Bits($"{type}", type, "101010")}"), [1], [Tau[0]], Base), Is.EqualTo(expected).Within(1e-6));
        }
    }

    [Test]
    public void Merge_SoftMask_ScalesEachElement()
    {
        string soft = Folder.Safetensors("soft.safetensors", TensorContent.FromFloats("w", TensorType.F16, [6], new[] { 0, 0.25f, 0.5f, 1, 1, 0 }));
        Assert.That(Delta(Operator("masked", $"masks.e0={soft}"), [2], [Tau[0]], Base), Is.EqualTo(new[] { 0, -0.1, 0.1, 0, -0.6, 0 }).Within(1e-6));
    }

    [TestCase("masks.e0=ONE", "none for e1")]
    [TestCase("masks.e0=ONE,masks.e1=ONE,masks.e3=ONE", "'e3', which is no expert")]
    [TestCase("masks.e0=ONE,masks.e1=OTHER", "'w' is missing")]
    [TestCase("masks.e0=ONE,masks.e1=SHORT", "must be of shape [6], got [5]")]
    [TestCase("masks.e0=ONE,masks.e1=TWO", "expert e1")]
    [TestCase("masks.e0=ONE,masks.e1=TWO", "must be from 0 to 1, got 2 at element 0")]
    public void Prepare_MasksThatDoNotFit_AreRefusedByName(string settings, string words)
    {
        settings = settings.Replace("ONE", Bits("one", TensorType.U8, "111111"), StringComparison.Ordinal)
            .Replace("SHORT", Bits("short", TensorType.U8, "11111"), StringComparison.Ordinal)
            .Replace("TWO", Bits("two", TensorType.U8, "200000"), StringComparison.Ordinal)
            .Replace("OTHER", Folder.Safetensors("other.safetensors", TensorContent.FromValues("v", TensorType.U8, [6], new byte[6])), StringComparison.Ordinal);
        Assert.That(() => Delta(Operator("masked", settings), [1, 1], [Tau[0], Tau[1]], Base), Throws.TypeOf<MergeException>().With.Message.Contains(words));
    }

    [Test]
    public void Read_NoMasks_IsRefused() => Assert.That(() => Operator("masked", ""), Throws.TypeOf<StudyException>().With.Message.Contains("'masks' is missing"));

    private string Bits(string name, TensorType type, string bits) =>
        Folder.Safetensors($"{name}.safetensors", TensorContent.FromValues("w", type, [bits.Length], [.. bits.Select(bit => (byte)(bit - '0'))]));
}
