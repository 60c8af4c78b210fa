using Search.Benchmarks;

namespace Search.Tests.Benchmarks;

public sealed class NumpyRandomTests
{
    // numpy 1.24.2: default_rng(40012).standard_normal(3), then uniform(-4, 4).
    [Test]
    public void Gaussians_ThenUniform_AreNumpys()
    {
        var random = new NumpyRandom(40012);
        Assert.Multiple(() =>
        {
            Assert.That(random.Gaussians(3), Is.EqualTo(new[] { -1.3710591075771539, 2.1826639688817213, -0.5590019118737188 }).Within(1e-14));
            Assert.That(random.Uniform(-4, 4), Is.EqualTo(-0.8673713070644551));
        });
    }

    // A million draws pass every branch of the ziggurat, its tail included; the uniform after them shows that no draw was missed.
    [Test]
    public void Gaussians_AMillion_AreNumpys()
    {
        var random = new NumpyRandom(7);
        double[] draws = random.Gaussians(1_000_000);
        Assert.Multiple(() =>
        {
            Assert.That(draws.Sum(), Is.EqualTo(-112.78554893201773).Within(1e-7));
            Assert.That(draws.Sum(x => x * x), Is.EqualTo(999527.3904784281).Within(1e-6));
            Assert.That(draws.Max(Math.Abs), Is.EqualTo(4.94787146).Within(1e-8));
            Assert.That(random.Uniform(), Is.EqualTo(0.1291022438369006));
        });
    }
}
