using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class MarginalLikelihoodTests
{
    private static readonly HyperPrior[] Priors = [new GammaPrior(), new OptunaPrior(), new DimensionScaledPrior()];

    [Test]
    public void Evaluate_Gradient_IsItsDerivative([Range(0, 2)] int index)
    {
        HyperPrior prior = Priors[index];
        double[][] points = RandomData.Points(25, 4, 1);
        var likelihood = new MarginalLikelihood(new Matern52Kernel(), prior, [0, 1, 1, 2], points, [.. points.Select(RandomData.Smooth)]);
        double[] logarithms = [Math.Log(0.4), Math.Log(0.9), Math.Log(2), prior.LearnsSignalVariance ? Math.Log(1.3) : 0, Math.Log(0.01)];
        double[] gradient = new double[5];
        likelihood.Evaluate(logarithms, gradient);
        for (int i = 0; i < 5; i++)
        {
            const double step = 1e-5;
            double[] up = [.. logarithms];
            double[] down = [.. logarithms];
            up[i] += step;
            down[i] -= step;
            double difference = (likelihood.Evaluate(up, new double[5]) - likelihood.Evaluate(down, new double[5])) / (2 * step);
            Assert.That(gradient[i], Is.EqualTo(i == 3 && !prior.LearnsSignalVariance ? 0 : difference).Within(1e-5 * (1 + Math.Abs(difference))), $"derivative {i}");
        }
    }

    // One observation has no likelihood beyond its own density: −ln N(y; m = y, s² + σ²), and the prior is what is left.
    [Test]
    public void Evaluate_OneObservation_IsANormalDensityAndThePrior()
    {
        var prior = new GammaPrior();
        double[] logarithms = [Math.Log(0.5), Math.Log(2), Math.Log(0.1)];
        double expected = (Math.Log(2 * Math.PI * (2 + 0.1 + 2e-10)) / 2) + prior.Penalty(logarithms, new double[3]);
        var likelihood = new MarginalLikelihood(new Matern52Kernel(), prior, [0], [[0.3]], [7]);
        Assert.That(likelihood.Evaluate(logarithms, new double[3]), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Update_DataOfTwoInputsOfWhichOneMatters_FindsItsLengthscaleShorterAndItsNoise()
    {
        double[][] points = RandomData.Points(80, 2, 2);
        var rng = new Rng(5, 0, 0);
        var model = new SurrogateModel(new Matern52Kernel(), new GammaPrior(), [0, 1]);
        model.Update(points, [.. points.Select(point => 100 + (10 * Math.Sin(6 * point[0])) + rng.NextGaussian())]);
        Hyperparameters hyper = model.Process.Hyperparameters;
        Assert.That(hyper.Lengthscales[0], Is.LessThan(hyper.Lengthscales[1] / 2));
        Assert.That(Math.Sqrt(hyper.NoiseVariance), Is.EqualTo(1 / 7.0).Within(0.05)); // sin's deviation is about .7
    }
}
