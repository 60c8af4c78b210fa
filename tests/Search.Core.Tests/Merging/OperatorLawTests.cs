using FsCheck;
using FsCheck.Fluent;
using Search.Merging;

namespace Search.Tests.Merging;

// Laws between operators on drawn models: a setting that does nothing, methods that are others' special cases, and experts that are all alike.
public sealed class OperatorLawTests : OperatorFixture
{
    // O3(density 1) = id and O3(Bernoulli, p = 0) = id: what adds up is task arithmetic.
    [TestCase("breadcrumbs", "density=1,gamma=0,scope=tensor")]
    [TestCase("breadcrumbs", "density=1,gamma=0.25,scope=tensor")]
    [TestCase("breadcrumbs", "density=1,gamma=0.25,scope=row")]
    [TestCase("dare_linear", "drop_rate=0")]
    [TestCase("dare_linear", "drop_rate=0,rescale=l1")]
    [TestCase("dare_linear", "drop_rate=0,rescale=none")]
    [TestCase("della_linear", "density=1")]
    [TestCase("della_linear", "density=1,variant=mergekit")]
    public void Law1_NothingDropped_AddsUpLikeTaskArithmetic(string name, string settings) => ForAll(random =>
    {
        (float[] origin, float[][] taus, double[] weights) = Model(random);
        return Near(Delta(Operator(name, settings), weights, taus, origin), Sum(taus, weights));
    });

    // The same where the setting is a coefficient, which is then the last.
    [TestCase("breadcrumbs", "scope=tensor,gamma=0.25,density.lower=0.1,density.upper=1", 1)]
    [TestCase("breadcrumbs", "scope=tensor,density=1,gamma.lower=0,gamma.upper=0.5", 0.25)]
    [TestCase("dare_linear", "drop_rate.lower=0,drop_rate.upper=0.9", 0)]
    [TestCase("dare_linear", "rescale=l1,drop_rate.lower=0,drop_rate.upper=0.9", 0)]
    public void Law1_NothingDroppedBySearchedSetting_AddsUpLikeTaskArithmetic(string name, string settings, double value) => ForAll(random =>
    {
        (float[] origin, float[][] taus, double[] weights) = Model(random);
        return Near(Delta(Operator(name, settings), [.. weights, value], taus, origin), Sum(taus, weights));
    });

    // And of what votes on signs, nothing is left but the vote.
    [TestCase("ties", "variant=mergekit,normalize=false,density=1", null)]
    [TestCase("ties", "variant=mergekit,normalize=false,scope=global,density=1", null)]
    [TestCase("ties", "variant=mergekit,normalize=false,density.lower=0.1,density.upper=1", 1)]
    [TestCase("dare_ties", "drop_rate=0", null)]
    [TestCase("dare_ties", "drop_rate.lower=0,drop_rate.upper=0.9", 0)]
    [TestCase("breadcrumbs_ties", "scope=tensor,density=1,gamma=0.25", null)]
    [TestCase("della", "density=1,normalize=false", null)]
    public void Law1_NothingDropped_IsTheElectionAlone(string name, string settings, double? value) => ForAll(random =>
    {
        (float[] origin, float[][] taus, double[] weights) = Model(random);
        double[] all = value is { } setting ? [.. weights, setting] : weights;
        return Near(Delta(Operator(name, settings), all, taus, origin), Elected(taus, weights));
    });

    // O3(band, γ = 0) = O3(magnitude), given or searched on either side; grids make most magnitudes equal.
    [Test]
    public void Law1_BandWithoutTop_IsMagnitude() => ForAll(random =>
    {
        (float[] origin, float[][] taus, double[] weights) = Model(random);
        double density = random.Next(1, 65) / 64.0;
        string given = FormattableString.Invariant($"density={density}");
        const string Searched = "density.lower=0.001,density.upper=1";
        double[] magnitude = Delta(Operator("ties", $"variant=mergekit,normalize=false,{given}"), weights, taus, origin);
        float[][] kept = [.. taus.Select(tau => Largest(tau, (int)Math.Floor(density * tau.Length)))];
        return Near(magnitude, Elected(kept, weights))
            && Delta(Operator("breadcrumbs_ties", $"scope=tensor,gamma=0,{given}"), weights, taus, origin).SequenceEqual(magnitude)
            && Delta(Operator("breadcrumbs_ties", $"scope=tensor,gamma=0,{Searched}"), [.. weights, density], taus, origin).SequenceEqual(magnitude)
            && Delta(Operator("breadcrumbs_ties", $"scope=tensor,{given},gamma.lower=0,gamma.upper=0.5"), [.. weights, 0], taus, origin).SequenceEqual(magnitude)
            && Delta(Operator("ties", $"variant=mergekit,normalize=false,{Searched}"), [.. weights, density], taus, origin).SequenceEqual(magnitude)
            && Near(Delta(Operator("breadcrumbs", $"scope=tensor,gamma=0,{given}"), weights, taus, origin), Sum(kept, weights));
    });

    // O4(no election, sum) = O2 with λ = 1, which an election without conflicts is too; O4(mass, mean) of one expert = id.
    [Test]
    public void Law2_SumWithoutElection_IsTaskArithmetic() => ForAll(random =>
    {
        (float[] origin, float[][] taus, _) = Model(random);
        double[] ones = [.. taus.Select(_ => 1.0)];
        double[] sum = Delta(Operator("task_arithmetic", ""), ones, taus, origin);
        float[] reduced = new Consensus(null, TieRule.Negative, Reduction.Sum).Reduce(taus, -1);
        float[][] agreeing = [.. taus.Select(tau => tau.Select((value, i) => i % 2 == 0 ? MathF.Abs(value) : -MathF.Abs(value)).ToArray())];
        return Near(sum, [.. reduced.Select(value => (double)value)])
            && Near(Delta(Operator("ties", "density=1,reduce=sum"), [1], agreeing, origin), Delta(Operator("task_arithmetic", ""), ones, agreeing, origin));
    });

    [TestCase("ties", "density=1")]
    [TestCase("ties", "density=1,tie=positive,scope=tensor")]
    [TestCase("ties", "density=1,vote=count,tie=negative")]
    [TestCase("ties", "variant=mergekit")]
    [TestCase("ties", "variant=mergekit,vote=count")]
    public void Law2_ElectedMeanOfOneExpert_IsThatExpert(string name, string settings) => ForAll(random =>
    {
        (float[] origin, float[][] taus, _) = Model(random);
        return Near(Delta(Operator(name, settings), [1], taus[..1], origin), Sum(taus[..1], [1]));
    });

    [Test]
    public void Law5_TaskArithmeticOfEqualShares_IsTheUniformAverage() => ForAll(random =>
    {
        (float[] origin, float[][] taus, _) = Model(random);
        double[] shares = [.. taus.Select(_ => 1.0 / taus.Length)];
        double alike = random.Next(1, 100) / 10.0;
        return Near(Delta(Operator("task_arithmetic", ""), shares, taus, origin), Delta(Operator("weighted_average", ""), [.. taus.Select(_ => alike)], taus, origin));
    });

    [TestCase("slerp")]
    [TestCase("nuslerp")]
    public void Law7_EndsOfTheArc_AreTheExperts(string name) => ForAll(random =>
    {
        (float[] origin, float[][] taus, _) = Model(random, 2);
        double[] First(double share) => name == "slerp" ? [1 - share] : [share, 1 - share];
        return new[] { "space=deltas", "space=weights" }.All(space =>
            Near(Delta(Operator(name, space), First(1), taus, origin), Sum(taus, [1, 0])) && Near(Delta(Operator(name, space), First(0), taus, origin), Sum(taus, [0, 1])));
    });

    // sin(sΩ)/sin Ω = s + O(Ω²): arc and chord differ by at most Ω²/6 of both lengths, so that a tenth of the angle leaves a hundredth.
    [TestCase("slerp", "parallel=1,")]
    [TestCase("nuslerp", "")]
    public void Law7_AngleVanishing_LeavesTheChord(string name, string settings) => ForAll(random =>
    {
        float[] a = Draw(random, 12);
        float[] side = Draw(random, 12);
        double along = Dot(a, side) / Dot(a, a);
        float[] across = [.. side.Zip(a, (y, x) => (float)(y - (along * x)))];
        double size = Math.Sqrt(Dot(a, a) / Dot(across, across));
        double t = random.NextDouble();
        return new[] { 0.3, 0.03, 0.003, 0 }.All(angle =>
        {
            float[] b = [.. a.Zip(across, (x, y) => (float)((x * Math.Cos(angle)) + (size * y * Math.Sin(angle))))];
            double[] arc = Delta(Operator(name, $"{settings}space=deltas"), name == "slerp" ? [t] : [1 - t, t], [a, b], new float[12]);
            double bound = (angle * angle / 6 * 2 * Math.Sqrt(Dot(a, a))) + 2e-6;
            return arc.Zip(Sum([a, b], [1 - t, t]), (x, y) => Math.Abs(x - y)).All(difference => difference <= bound);
        });
    });

    // O11 with one expert returns it: a sum of base and vector, each rounded once to float32.
    [TestCase("emr", "")]
    [TestCase("emr", "variant=fusionbench")]
    [TestCase("tall", "")]
    [TestCase("tall", "threshold=1")]
    public void Law8_TaskModelOfOneExpert_IsThatExpert(string name, string settings) => ForAll(random =>
    {
        int count = random.Next(1, 80);
        float[] origin = [.. Draw(random, count).Select(value => 4 * value)];
        float[] expert = Draw(random, count);
        string model = $"{Guid.NewGuid()}";
        using ModelFamily family = Family(model, [("w", origin)], [[("w", expert)]]);
        double[] merged = Merge(family, Operator(name, settings), [1], "e0")[0];
        return merged.Zip(expert, (found, expected) => Math.Abs(found - expected)).Zip(origin, (error, o) => (error, o)).Zip(expert, (pair, x) => pair.error <= Math.ScaleB(Math.Abs(pair.o) + Math.Abs(x), -23)).All(near => near);
    });

    [TestCase("weighted_average", "")]
    [TestCase("task_arithmetic", "")]
    [TestCase("ties", "density=1")]
    [TestCase("ties", "density=1,tie=positive,scope=tensor")]
    [TestCase("ties", "variant=mergekit")]
    [TestCase("dare_ties", "drop_rate=0,normalize=true")]
    [TestCase("magmax", "")]
    [TestCase("sce", "")]
    [TestCase("slerp", "")]
    [TestCase("slerp", "space=deltas")]
    [TestCase("nuslerp", "")]
    [TestCase("nuslerp", "space=deltas")]
    [TestCase("karcher", "")]
    [TestCase("karcher", "space=deltas")]
    [TestCase("multislerp", "")]
    [TestCase("multislerp", "space=deltas")]
    [TestCase("model_stock", "")]
    [TestCase("model_stock", "negative=extrapolate")]
    [TestCase("emr", "")]
    public void Law14_ExpertsAllAlike_GiveThatExpert(string name, string settings) => ForAll(random =>
    {
        (float[] origin, float[][] taus, _) = Model(random);
        int experts = name.EndsWith("slerp", StringComparison.Ordinal) && name != "multislerp" ? 2 : taus.Length;
        double[] shares = [.. Enumerable.Range(1, experts).Select(k => 2.0 * k / (experts * (experts + 1)))]; // which sum to 1
        MergeOperator merge = Operator(name, settings);
        double[] coefficients = merge.Columns(["e0", "e1"]) is ["merged"] ? [1] : merge.IsPerTask ? [.. shares.Select(_ => 1.0)] : merge.Columns(["e0", "e1"]).Count == 1 ? [shares[0]] : shares;
        return Near(Delta(merge, coefficients, [.. Enumerable.Repeat(taus[0], experts)], origin, merge.IsPerTask ? "e1" : null), Sum(taus[..1], [1]));
    });

    private static void ForAll(Func<Random, bool> law) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(10), Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed => law(new Random(seed))));

    // A base and vectors on a grid, which float32 adds up exactly, zeros and equal magnitudes among them; weights of quarters that do not sum to zero.
    private static (float[] Origin, float[][] Taus, double[] Weights) Model(Random random, int experts = 0)
    {
        int count = random.Next(2, 120);
        float[] Grid(float step) => [1 + step, .. Enumerable.Range(1, count - 1).Select(_ => random.Next(-40, 41) * step)];
        float[][] taus = [.. Enumerable.Range(0, experts > 0 ? experts : random.Next(2, 6)).Select(_ => Grid(1 / 64f))];
        return (Grid(1 / 16f), taus, [.. taus.Select((_, k) => (k == 0 ? 4 : random.Next(-3, 5)) / 4.0)]);
    }

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    private static double[] Sum(float[][] taus, double[] weights) => [.. Enumerable.Range(0, taus[0].Length).Select(i => taus.Zip(weights, (tau, weight) => weight * tau[i]).Sum())];

    // The sum of the products that have the sign of their sum; of a tie the positive ones.
    private static double[] Elected(float[][] taus, double[] weights) => [.. Enumerable.Range(0, taus[0].Length).Select(i =>
    {
        double[] products = [.. taus.Zip(weights, (tau, weight) => weight * tau[i])];
        bool isPositive = products.Sum() >= 0;
        return products.Where(product => product > 0 == isPositive).Sum();
    })];

    private static float[] Largest(float[] tau, int count)
    {
        HashSet<int> kept = [.. Enumerable.Range(0, tau.Length).OrderByDescending(i => Math.Abs(tau[i])).ThenBy(i => i).Take(count)];
        return [.. tau.Select((value, i) => kept.Contains(i) ? value : 0)];
    }

    private static bool Near(double[] found, double[] expected) => found.Length == expected.Length && found.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) < 2e-6);
}
