namespace Search.Tests.Merging;

public sealed class SphericalMeanTests : OperatorFixture
{
    // Ends, the middle of a right angle, a quarter of the way by weights of any sum, and no angle at all.
    [TestCase(1, 0, new[] { 2f, 3 }, new[] { 0f, 1 }, new[] { 2.0, 3 })]
    [TestCase(0, 1, new[] { 2f, 3 }, new[] { 0f, 1 }, new[] { 0.0, 1 })]
    [TestCase(1, 1, new[] { 1f, 0 }, new[] { 0f, 1 }, new[] { 0.7071068, 0.7071068 })]
    [TestCase(0.6, 0.2, new[] { 2f, 0 }, new[] { 0f, 1 }, new[] { 1.8477591, 0.3826834 })]
    [TestCase(7, 3, new[] { 2f, 3 }, new[] { 4f, 6 }, new[] { 2.6, 3.9 }, TestName = "Merge_NuSlerpOfParallels_IsTheChord")]
    [TestCase(7, 3, new[] { 2f, 3 }, new[] { 0f, 0 }, new[] { 1.4, 2.1 }, TestName = "Merge_NuSlerpWithZero_IsTheChord")]
    [TestCase(3, 1, new[] { 2f, 3 }, new[] { -2f, -3 }, new[] { 1.0, 1.5 }, TestName = "Merge_NuSlerpOfOpposites_IsTheChord")]
    public void Merge_NuSlerp_GivesTheKnownAnswer(double first, double second, float[] a, float[] b, double[] expected)
    {
        Assert.That(Delta(Operator("nuslerp", "space=deltas"), [first, second], [a, b], [5, -7]), Is.EqualTo(expected).Within(1e-6), "of task vectors");
        float[] origin = [0.5f, -0.25f];
        double[] weights = [.. Delta(Operator("nuslerp", ""), [first, second], [[.. a.Zip(origin, (x, o) => x - o)], [.. b.Zip(origin, (x, o) => x - o)]], origin).Zip(origin, (d, o) => d + o)];
        Assert.That(weights, Is.EqualTo(expected).Within(1e-6), "of weights");
    }

    [TestCase(1e-2, 2e-5)]
    [TestCase(1e-4, 1e-7)]
    public void Merge_NuSlerpAsTheAngleVanishes_BecomesTheChord(double angle, double within)
    {
        float[] a = [1, 0];
        float[] b = [(float)Math.Cos(angle), (float)Math.Sin(angle)];
        double[] arc = Delta(Operator("nuslerp", "space=deltas"), [0.7, 0.3], [a, b], [0, 0]);
        Assert.That(arc, Is.EqualTo(a.Zip(b, (x, y) => (0.7 * x) + (0.3 * y))).Within(within));
    }

    // Of two unit vectors with equal weights every mean on the sphere is the middle; with others the direction is the chord's.
    [Test]
    public void Merge_MultiSlerp_HasTheDirectionOfTheWeightedMeanOfDirections()
    {
        float[][] taus = [[3, 0, 0], [0, 4, 0], [0, 0, 12]];
        double[] mean = Delta(Operator("multislerp", "space=deltas"), [1, 1, 2], taus, new float[3]);
        double radius = (3 + 4 + 24) / 4.0;
        Assert.That(mean, Is.EqualTo(new[] { 1, 1, 2 }.Select(share => radius * share / Math.Sqrt(6))).Within(1e-5));
        Assert.That(Delta(Operator("karcher", "space=deltas,iterations=0"), [1, 1, 2], taus, new float[3]), Is.EqualTo(mean).Within(1e-6), "where karcher starts");
        Assert.That(Delta(Operator("multislerp", ""), [0.2, 0.5, 0.3], [Tau[0], Tau[0], Tau[0]], Base), Is.EqualTo(Tau[0].Select(x => (double)x)).Within(1e-6), "of equal experts it is that expert");
        Assert.That(Delta(Operator("multislerp", "space=deltas"), [0, 1, 0], taus, new float[3]), Is.EqualTo(new[] { 0.0, 4, 0 }).Within(1e-6), "of one it is that one");
    }

    [Test]
    public void Merge_MultiSlerpOfDirectionsThatCancel_IsTheChordOfTwoAndRefusedOfMore()
    {
        Assert.That(Delta(Operator("multislerp", "space=deltas"), [1, 1], [[1, 2], [-2, -4]], [0, 0]), Is.EqualTo(new[] { -0.5, -1 }).Within(1e-6));
        float[][] three = [[1, 0], [-0.5f, MathF.Sqrt(0.75f)], [-0.5f, -MathF.Sqrt(0.75f)]];
        Assert.That(() => Delta(Operator("multislerp", "space=deltas"), [1, 1, 1], three, [0, 0]), Throws.TypeOf<Search.Merging.MergeException>().With.Message.Contains("cancel"));
    }
}
