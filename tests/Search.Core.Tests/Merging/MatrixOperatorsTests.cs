using Search.Merging;
using static Search.Tests.Merging.MergeFolder;

namespace Search.Tests.Merging;

// Operators on matrices and directions: known answers on matrices whose factors can be seen.
public sealed class MatrixOperatorsTests : IDisposable
{
    private readonly MergeFolder _folder = new();

    [Test]
    public void Merge_TaskSingularVectors_KeepsEachExpertsShare()
    {
        float[] Diagonal(params float[] values) => [.. Enumerable.Range(0, 16).Select(i => i % 5 == 0 ? values[i / 5] : 0)];
        double[] Merged(params float[][] taus) => Delta(_folder.Family([4, 4], Draw(1, 16), taus), Operator("tsv_m"), 1)[0];
        double[] Expected(params float[] values) => [.. Diagonal(values).Select(value => (double)value)];
        Assert.That(Merged(Diagonal(5, 2, 0, 0), Diagonal(0, 0, 4, -3)), Is.EqualTo(Expected(5, 2, 4, -3)).Within(1e-6), "what is orthogonal adds up");
        Assert.That(Merged(Diagonal(4, 3, 2, 1), Diagonal(4, 3, 2, 1)), Is.EqualTo(Expected(4, 3, 0, 0)).Within(1e-6), "what is shared counts once");
        float[] any = Draw(2, 16);
        Assert.That(Merged(any), Is.EqualTo(any.Select(x => (double)x)).Within(1e-6), "one expert is itself");
        Assert.That(Merged(new float[16], new float[16]), Is.All.EqualTo(0));
    }

    [Test]
    public void Merge_Isotropic_EvensTheSpectrumOfTheSum()
    {
        Assert.That(Delta(_folder.Family([2, 2], new float[4], [1, 0, 0, 2], [2, 0, 0, -3]), Operator("iso_c"), 1)[0], Is.EqualTo(new[] { 2.0, 0, 0, -2 }).Within(1e-6));
        float[][] taus = [Draw(3, 15), Draw(4, 15)];
        ModelFamily family = _folder.Family([3, 5], Draw(5, 15), taus);
        double[] isotropic = Delta(family, Operator("iso_c"), 1)[0];
        double[] products = [.. Enumerable.Range(0, 9).Select(i => Enumerable.Range(0, 5).Sum(k => isotropic[(i / 3 * 5) + k] * isotropic[(i % 3 * 5) + k]))];
        Assert.That(products, Is.EqualTo(Enumerable.Range(0, 9).Select(i => i % 4 == 0 ? products[0] : 0)).Within(1e-6), "all singular values are one");
        Assert.That(Delta(family, Operator("iso_cts", "common=1"), 1)[0], Is.EqualTo(isotropic).Within(1e-6));
        Assert.That(Delta(family, Operator("iso_cts", "common=0.4"), 1)[0], Is.Not.EqualTo(isotropic).Within(1e-3));
    }

    [Test]
    public void Merge_OfVectorsAndConvolutions_Averages([Values("tsv_m", "iso_c", "iso_cts")] string name)
    {
        foreach (long[] shape in new long[][] { [4], [2, 2, 1, 1] })
        {
            Assert.That(Delta(_folder.Family(shape, new float[4], [1, 2, 3, 4], [3, 2, -1, 0]), Operator(name), 1)[0], Is.EqualTo(new[] { 2.0, 2, 1, 2 }));
        }
    }

    // Ties between singular vectors, the order of threads and the memory layout must not show.
    [Test]
    public void Merge_Again_GivesTheSameBits([Values("tsv_m", "iso_cts", "ethos", "pcb")] string name)
    {
        (string, long[], float[])[] Model(int seed) => [.. Enumerable.Range(0, 4).Select(t => ($"w{t}", new long[] { 70, 20 }, Draw(seed + t, 1400)))];
        ModelFamily family = _folder.Family(Model(1), Model(10), Model(20));
        double[] coefficients = [.. Enumerable.Repeat(0.5, Operator(name).Columns(["e0", "e1"]).Count)];
        double[][] first = Delta(family, Operator(name), coefficients);
        Assert.That(Delta(family, Operator(name), coefficients), Is.EqualTo(first));
        Assert.That(first.SelectMany(tensor => tensor), Has.Some.Not.Zero);
    }

    [TestCase(new float[] { 1, 0 }, new float[] { 0, 1 }, new[] { 1.5, -0.5 })]
    [TestCase(new float[] { 2, 0 }, new float[] { 3, 0 }, new[] { 2.0, 0 }, TestName = "Merge_ExtractSubtractOfParallels_LeavesTheExpert")]
    [TestCase(new float[] { 2, 0 }, new float[] { 0, 0 }, new[] { 2.0, 0 }, TestName = "Merge_ExtractSubtractOfNothing_LeavesTheExpert")]
    [TestCase(new float[] { 0, 0 }, new float[] { 0, 3 }, new[] { 0.0, 0 }, TestName = "Merge_ExtractSubtractFromNothing_LeavesNothing")]
    [TestCase(new float[] { 2, 0 }, new float[] { -3, 0 }, new[] { 5.0, 0 }, TestName = "Merge_ExtractSubtractOfOpposites_SubtractsAll")]
    public void Merge_ExtractSubtract_GivesTheKnownAnswer(float[] expert, float[] anti, double[] expected)
    {
        Assert.That(Delta(_folder.Family([2], [4, -1], expert, anti), Operator("ext_sub"), 1, 1)[0], Is.EqualTo(expected).Within(1e-6));
        double[] rows = Delta(_folder.Family([2, 2], [4, -1, 0, 0], [.. expert, 7, 0], [.. anti, 0, 0]), Operator("ext_sub"), 1, 1)[0];
        Assert.That(rows, Is.EqualTo(expected.Concat([7, 0])).Within(1e-6), "row by row");
    }

    [Test]
    public void Merge_RobustSignatures_AddsWhatIsOrthogonal()
    {
        ModelFamily family = _folder.Family([2], [5, 5], [1, 0], [2, 3], [-4, 1]);
        Assert.That(Delta(family, Operator("rws"), 1, 0, 0)[0], Is.EqualTo(new[] { 1.0, 0 }), "without them the clean model");
        Assert.That(Delta(family, Operator("rws"), 1, 1, 1)[0], Is.EqualTo(new[] { 1.0, 2 }).Within(1e-6), "their mean");
        Assert.That(Delta(_folder.Family([2], [5, 5], [1, 0], [2, 3]), Operator("rws"), 0, 1)[0], Is.EqualTo(new[] { 0.0, 3 }).Within(1e-6));
        Assert.That(Delta(_folder.Family([2], [5, 5], [0, 0], [2, 3]), Operator("rws"), 1, 1)[0], Is.EqualTo(new[] { 2.0, 3 }).Within(1e-6), "of an untrained model everything is");
    }

    [TestCase("ext_sub")]
    [TestCase("rws")]
    public void Prepare_NobodyToCorrectBy_IsRefused(string name) =>
        Assert.That(() => Delta(_folder.Family([2], [0, 0], [1, 2]), Operator(name), 1), Throws.TypeOf<MergeException>().With.Message.Contains("got one expert"));

    [TestCase("tsv_m")]
    [TestCase("iso_cts")]
    [TestCase("ethos")]
    [TestCase("rws")]
    [TestCase("pcb")]
    [TestCase("pcb", "variant=code")]
    public void Prepare_ValuesThatAreNotFinite_AreRefusedByName(string name, params string[] settings) => Assert.That(
        () => Operator(name, settings).Prepare(TaskVectors.Mapped(_folder.Family([2, 2], new float[4], [1, 2, 3, 4], [1, 2, float.NaN, 4]))),
        Throws.TypeOf<MergeException>().With.Message.Contains("expert e1: 'w' differs from the base by NaN at element 2"));

    [Test]
    public void Merge_Ethos_DropsSmallElementsInTheBasesBasis()
    {
        double[] Merged(float[] origin, float[] tau) => Delta(_folder.Family([2, 2], origin, tau), Operator("ethos"), -1)[0];
        Assert.That(Merged([2, 0, 0, 1], [1, 0.01f, 0.02f, -0.5f]), Is.EqualTo(new[] { -1, 0, 0, 0.5 }).Within(1e-6));

        // The same turned: U of the base by 45°, V by 90°.
        float r = MathF.Sqrt(0.5f);
        float[] Turned(float[] m)
        {
            float[] left = [r * (m[0] - m[2]), r * (m[1] - m[3]), r * (m[0] + m[2]), r * (m[1] + m[3])];
            return [-left[1], left[0], -left[3], left[2]];
        }

        Assert.That(Merged(Turned([2, 0, 0, 1]), Turned([1, 0.01f, 0.02f, -0.5f])), Is.EqualTo(Turned([-1, 0, 0, 0.5f]).Select(x => (double)x)).Within(1e-6));
    }

    [TestCase(5L)]
    [TestCase(3L, 5L)]
    [TestCase(5L, 3L)]
    [TestCase(3L, 2L, 2L)]
    public void Merge_EthosOfAllOrNothing_IsPlainNegationOrTheBase(params long[] shape)
    {
        int count = (int)shape.Aggregate((a, b) => a * b);
        foreach (float[] origin in new[] { Draw(6, count), new float[count] })
        {
            float[] tau = Draw(7, count);
            ModelFamily family = _folder.Family(shape, origin, tau);
            Assert.That(Delta(family, Operator("ethos", "threshold=0"), -0.5)[0], Is.EqualTo(tau.Select(x => -0.5 * x)).Within(1e-6));
            Assert.That(Delta(family, Operator("ethos", "threshold=1.01"), -0.5)[0], Is.All.EqualTo(0).Within(1e-9));
        }
    }

    [Test]
    public void Merge_ParameterCompetition_OfEqualExperts_KeepsTheLargest()
    {
        float[] tau = [0.5f, -0.1f, 0.3f, -0.6f];
        double[] Merged(double density, int experts) => Delta(_folder.Family([4], new float[4], [.. Enumerable.Repeat(tau, experts)]), Operator("pcb", FormattableString.Invariant($"density={density}")), 1)[0];
        Assert.That(Merged(1, 1), Is.EqualTo(tau.Select(x => (double)x)).Within(1e-6));
        Assert.That(Merged(0.5, 1), Is.EqualTo(new[] { 0.5, 0, 0, -0.6 }).Within(1e-6));
        Assert.That(Merged(0.5, 3), Is.EqualTo(new[] { 0.5, 0, 0, -0.6 }).Within(1e-6));
    }

    public void Dispose() => _folder.Dispose();
}
