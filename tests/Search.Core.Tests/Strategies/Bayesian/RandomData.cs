namespace Search.Tests.Strategies.Bayesian;

/// <summary>Points and smooth outcomes to fit processes to.</summary>
internal static class RandomData
{
    public static double[][] Points(int count, int inputs, long seed)
    {
        var rng = new Rng(seed, 0, 0);
        return [.. Enumerable.Range(0, count).Select(_ => (double[])[.. Enumerable.Range(0, inputs).Select(_ => rng.NextUniform())])];
    }

    public static double Smooth(double[] point) => point.Select((x, i) => Math.Sin((3 + i) * x)).Sum();
}
