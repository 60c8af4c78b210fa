using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Comparison;

namespace Search.Tests.Merging.Comparison;

public sealed class ModelComparisonTests : IDisposable
{
    private static readonly float[] Base = [1, -2, 0.5f, 4, 0, 10];
    private static readonly float[][] Tau = [[0.4f, -0.2f, 0.1f, 0, -0.3f, 0.05f], [-0.1f, -0.6f, 0.2f, 0.5f, 0.35f, 0], [0.2f, 0.3f, 0, -0.45f, 0.1f, -0.04f]];

    private readonly TemporaryFolder _folder = new();

    [Test]
    public void Of_OneTensor_GivesTheKnownAnswers()
    {
        using ModelFamily family = Family([("w", Base)], [.. Tau.Select(tau => new[] { ("w", Base.Zip(tau, (x, t) => x + t).ToArray()) })]);
        ModelComparison comparison = ModelComparison.Of(TaskVectors.Mapped(family), name => name, 0.5);
        VectorComparison all = comparison.Model;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(comparison.Pairs.Select(pair => all.Cosine(pair.A, pair.B)), Is.EqualTo(new[] { -0.010277, -0.037194, -0.751588 }).Within(1e-6));
            Assert.That(all.Conflict, Is.EqualTo(5 / 6.0));
            Assert.That(comparison.Pairs.Select(pair => all.SignConflict(pair.A, pair.B)), Is.EqualTo(new[] { 2 / 6.0, 3 / 6.0, 3 / 6.0 }), "elements 0 and 4; 1, 4 and 5; 0, 1 and 3");
            Assert.That(Enumerable.Range(0, 3).Select(all.Zero), Is.EqualTo(new[] { 1 / 6.0, 1 / 6.0, 1 / 6.0 }));
            Assert.That(Enumerable.Range(0, 3).Select(all.Norm), Is.EqualTo(Tau.Select(tau => Math.Sqrt(tau.Sum(x => (double)x * x)))).Within(1e-6));
            Assert.That(all.RelativeNorm(0), Is.EqualTo(Math.Sqrt(0.3025) / Math.Sqrt(121.25)).Within(1e-6));
            Assert.That(all.Overlap(0, 1), Is.EqualTo(2 / 4.0), "the largest three are 0, 1, 4 and 1, 3, 4");
            Assert.That(all.Overlap(0, 0), Is.EqualTo(1.0));
        }
    }

    [Test]
    public void Of_GroupsOfTensors_AddsUpWithoutStatistics()
    {
        using ModelFamily family = Family(
            [("a.0.w", [3, 4]), ("a.1.w", [0, 0, 0]), ("b.w", [0, 0]), ("b.running_mean", [7])],
            [[("a.0.w", [4, 4]), ("a.1.w", [0, 2, 0]), ("b.w", [0, 0]), ("b.running_mean", [9])], [("a.0.w", [2, 4]), ("a.1.w", [0, 1, 1]), ("b.w", [1, 0]), ("b.running_mean", [1])]]);
        ModelComparison comparison = ModelComparison.Of(TaskVectors.Mapped(family), name => name[..1], 1);
        VectorComparison a = comparison.Groups[0];
        VectorComparison b = comparison.Groups[1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(comparison.Groups.Select(group => (group.Name, group.Elements)), Is.EqualTo(new[] { ("a", 5L), ("b", 2L) }));
            Assert.That((a.Norm(0), a.RelativeNorm(0), a.BaseNorm), Is.EqualTo((Math.Sqrt(5), (double?)(Math.Sqrt(5) / 5), 5.0)));
            Assert.That(a.Cosine(0, 1), Is.EqualTo(1 / Math.Sqrt(15)).Within(1e-12), "(1, 0, 0, 2, 0) and (−1, 0, 0, 1, 1)");
            Assert.That(a.Conflict, Is.EqualTo(0.2));
            Assert.That((a.SignConflict(0, 1), comparison.Model.SignConflict(1, 0)), Is.EqualTo((1 / 5.0, 1 / 7.0)));
            Assert.That(a.Overlap(0, 1), Is.EqualTo(2 / 3.0));
            Assert.That((a.Zero(0), b.Zero(0)), Is.EqualTo((0.6, 1.0)));
            Assert.That((b.Cosine(0, 1), b.RelativeNorm(1), b.Overlap(0, 1)), Is.EqualTo(((double?)null, (double?)null, (double?)0)), "a zero vector has no angle, a zero base no ratio");
            Assert.That(comparison.Model.Elements, Is.EqualTo(7));
            Assert.That(comparison.Model.Norm(1), Is.EqualTo(2));
        }
    }

    public void Dispose() => _folder.Dispose();

    private ModelFamily Family((string Name, float[] Values)[] origin, (string Name, float[] Values)[][] experts)
    {
        string Save(string file, (string Name, float[] Values)[] tensors) => _folder.Safetensors(
            $"{file}.safetensors", [.. tensors.Select(tensor => TensorContent.FromFloats(tensor.Name, TensorType.F32, [tensor.Values.Length], tensor.Values))]);
        return ModelFamily.Open(Save("base", origin), [.. experts.Select((tensors, k) => KeyValuePair.Create($"e{k}", Save($"e{k}", tensors)))], []);
    }
}
