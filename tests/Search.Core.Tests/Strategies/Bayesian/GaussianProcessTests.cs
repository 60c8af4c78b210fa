using MathNet.Numerics.LinearAlgebra;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class GaussianProcessTests
{
    private static readonly Hyperparameters Hyper = new([0.3, 0.7, 1.2], 1.7, 1e-3);
    private static readonly int[] Groups = [0, 1, 2];

    [Test]
    public void Predict_FixtureB_GivesItsMeanAndVariance()
    {
        var process = new GaussianProcess(new SquaredExponentialKernel(), new Hyperparameters([1], 1, 0), [0], [[0]], [1], mean: 0);
        (double mean, double variance) = process.Predict([1]);
        Assert.That(mean, Is.EqualTo(0.6065307).Within(1e-7));
        Assert.That(variance, Is.EqualTo(0.6321206).Within(1e-7));
    }

    [Test]
    public void Predict_ManyPoints_EqualsTheDenseInverse()
    {
        double[][] points = RandomData.Points(40, 3, 1);
        double[] values = [.. points.Select(RandomData.Smooth)];
        var process = new GaussianProcess(new Matern52Kernel(), Hyper, Groups, points, values);

        Matrix<double> inverse = Matrix<double>.Build.Dense(40, 40, (i, j) => Covariance(points[i], points[j]) + (i == j ? Hyper.NoiseVariance : 0)).Inverse();
        Vector<double> ones = Vector<double>.Build.Dense(40, 1);
        Vector<double> y = Vector<double>.Build.Dense(values);
        double m = (ones * inverse * y) / (ones * inverse * ones);
        double[][] targets = RandomData.Points(100, 3, 2);
        double[][] means = [new double[100]];
        double[] variances = new double[100];
        process.Predict(targets, means, variances);
        for (int i = 0; i < targets.Length; i++)
        {
            var k = Vector<double>.Build.Dense(40, j => Covariance(targets[i], points[j]));
            double mean = m + (k * inverse * (y - m));
            double variance = Hyper.SignalVariance - (k * inverse * k);
            Assert.That(means[0][i], Is.EqualTo(mean).Within(1e-9));
            Assert.That(variances[i], Is.EqualTo(variance).Within(1e-9));
            Assert.That(process.Predict(targets[i]), Is.EqualTo((means[0][i], variances[i])));
        }
    }

    [Test]
    public void TryAppend_PointByPoint_PredictsWhatAllAtOnceDoes()
    {
        double[][] points = RandomData.Points(50, 3, 3);
        double[] values = [.. points.Select(RandomData.Smooth)];
        var whole = new GaussianProcess(new Matern52Kernel(), Hyper, Groups, points, values, mean: 0.4);
        var grown = new GaussianProcess(new Matern52Kernel(), Hyper, Groups, points[..20], values.AsSpan(0, 20), mean: 0.4);
        for (int i = 20; i < 50; i += 3)
        {
            int end = Math.Min(i + 3, 50);
            Assert.That(grown.TryAppend(points[i..end], values.AsSpan(i..end)));
        }

        double[] target = [0.1, 0.9, 0.4];
        Assert.That(grown.Predict(target).Mean, Is.EqualTo(whole.Predict(target).Mean).Within(1e-10));
        Assert.That(grown.Predict(target).Variance, Is.EqualTo(whole.Predict(target).Variance).Within(1e-10));
    }

    [Test]
    public void Differentiate_AnyPoint_IsTheDerivativeOfMeanAndVariance([Values] bool isMatern)
    {
        double[][] points = RandomData.Points(30, 3, 4);
        var process = new GaussianProcess(isMatern ? new Matern52Kernel() : new SquaredExponentialKernel(), Hyper, Groups, points, [.. points.Select(RandomData.Smooth)]);
        foreach (double[] target in (double[][])[[0.3, 0.2, 0.6], points[7]])
        {
            double[] means = new double[1];
            Prediction prediction = process.Predict(target, means);
            double[] ofMean = new double[3];
            double[] ofVariance = new double[3];
            process.Differentiate(target, prediction, [1], ofMean, ofVariance);
            for (int i = 0; i < 3; i++)
            {
                const double step = 1e-5;
                double[] up = [.. target];
                double[] down = [.. target];
                up[i] += step;
                down[i] -= step;
                Assert.That(ofMean[i], Is.EqualTo((process.Predict(up).Mean - process.Predict(down).Mean) / (2 * step)).Within(1e-5));
                Assert.That(ofVariance[i], Is.EqualTo((process.Predict(up).Variance - process.Predict(down).Variance) / (2 * step)).Within(1e-5));
            }
        }
    }

    // With many outcomes the imagined means scatter as the posterior does, and the variance is that after the points were observed.
    [Test]
    public void TryImagine_ThenForget_ScattersAsThePosteriorAndLeavesNoTrace()
    {
        double[][] points = RandomData.Points(15, 3, 5);
        double[] values = [.. points.Select(RandomData.Smooth)];
        var process = new GaussianProcess(new Matern52Kernel(), Hyper, Groups, points, values);
        double[][] pending = RandomData.Points(2, 3, 6);
        (double mean, double variance) = process.Predict(pending[0]);
        var rng = new Rng(8, 0, 0);
        const int outcomes = 4000;
        double[][] normals = [.. Enumerable.Range(0, outcomes).Select(_ => (double[])[rng.NextGaussian(), rng.NextGaussian()])];
        Assert.That(process.TryImagine(pending, normals));
        double[] means = new double[outcomes];
        double narrowed = process.Predict(pending[0], means).Variance;
        double average = means.Average();
        double scatter = means.Average(value => (value - average) * (value - average));
        Assert.That(average, Is.EqualTo(mean).Within(4 * Math.Sqrt(variance / outcomes)));
        Assert.That(scatter + narrowed, Is.EqualTo(variance).Within(0.1 * variance)); // the law of total variance
        Assert.That(narrowed, Is.LessThan(2 * Hyper.NoiseVariance));

        process.Forget();
        Assert.That(process.Outcomes, Is.EqualTo(1));
        Assert.That(process.Predict(pending[0]), Is.EqualTo((mean, variance)));
    }

    [Test]
    public void Constructor_RepeatedPointsWithoutNoise_StillPredicts()
    {
        double[][] points = [.. RandomData.Points(10, 3, 7), .. RandomData.Points(10, 3, 7), .. RandomData.Points(10, 3, 7)];
        double[] values = [.. points.Select(RandomData.Smooth)];
        var process = new GaussianProcess(new Matern52Kernel(), Hyper with { NoiseVariance = 0 }, Groups, points, values);
        Assert.That(process.Predict(points[3]).Mean, Is.EqualTo(values[3]).Within(1e-3));
        if (!process.TryAppend([points[3]], [values[3]]))
        {
            process = new GaussianProcess(new Matern52Kernel(), Hyper with { NoiseVariance = 0 }, Groups, [.. points, points[3]], [.. values, values[3]]);
        }

        Assert.That(process.Predict(points[3]).Mean, Is.EqualTo(values[3]).Within(1e-3));
    }

    // Draws of the function average to the posterior mean, scatter as the posterior variance says, and their gradients are theirs.
    [Test]
    public void PathSurface_ManyDraws_FollowThePosterior()
    {
        double[][] points = RandomData.Points(12, 3, 9);
        var process = new GaussianProcess(new Matern52Kernel(), Hyper, Groups, points, [.. points.Select(RandomData.Smooth)]);
        double[] target = [0.9, 0.1, 0.5];
        (double mean, double variance) = process.Predict(target);
        double[] draws = [.. Enumerable.Range(0, 400).Select(i => -new PathSurface(process, points, new Rng(3, 0, i)).Evaluate([target])[0])];
        double average = draws.Average();
        Assert.That(average, Is.EqualTo(mean).Within(4 * Math.Sqrt(variance / draws.Length)));
        Assert.That(draws.Average(value => (value - average) * (value - average)), Is.EqualTo(variance).Within(0.3 * variance));

        var surface = new PathSurface(process, points, new Rng(3, 0, 0));
        double[] gradient = new double[3];
        surface.Evaluate(target, gradient);
        double difference = (surface.Evaluate([[0.9, 0.1 + 1e-6, 0.5]])[0] - surface.Evaluate([[0.9, 0.1 - 1e-6, 0.5]])[0]) / 2e-6;
        Assert.That(gradient[1], Is.EqualTo(difference).Within(1e-5 * (1 + Math.Abs(difference))));
    }

    [Test]
    public void AcquisitionSurface_WithPendingPoints_HasItsDerivatives()
    {
        double[][] points = RandomData.Points(20, 3, 10);
        var process = new GaussianProcess(new Matern52Kernel(), Hyper, Groups, points, [.. points.Select(RandomData.Smooth)]);
        double[][] pending = RandomData.Points(3, 3, 11);
        var rng = new Rng(12, 0, 0);
        Assert.That(process.TryImagine(pending, [.. Enumerable.Range(0, 8).Select(_ => (double[])[rng.NextGaussian(), rng.NextGaussian(), rng.NextGaussian()])]));
        foreach (AcquisitionFunction function in new AcquisitionFunction[] { new LogExpectedImprovement(), new ConfidenceBound(2) })
        {
            var surface = new AcquisitionSurface(process, function, [.. points, .. pending]);
            double[] gradient = new double[3];
            double value = surface.Evaluate([0.4, 0.6, 0.2], gradient);
            Assert.That(surface.Evaluate([[0.4, 0.6, 0.2]])[0], Is.EqualTo(value).Within(1e-10));
            double difference = (surface.Evaluate([[0.4, 0.6 + 1e-6, 0.2]])[0] - surface.Evaluate([[0.4, 0.6 - 1e-6, 0.2]])[0]) / 2e-6;
            Assert.That(gradient[1], Is.EqualTo(difference).Within(1e-4 * (1 + Math.Abs(difference))));
        }
    }

    private static double Covariance(double[] x, double[] y)
    {
        double r = Math.Sqrt(5 * x.Zip(y).Select((pair, i) => Math.Pow((pair.First - pair.Second) / Hyper.Lengthscales[i], 2)).Sum());
        return Hyper.SignalVariance * (1 + r + (r * r / 3)) * Math.Exp(-r);
    }
}
