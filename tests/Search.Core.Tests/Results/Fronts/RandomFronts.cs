namespace Search.Tests.Results.Fronts;

internal static class RandomFronts
{
    // Numbers in [0, 1); with few levels many are equal.
    public static double[][] Points(Rng rng, int count, int objectives, int? levels = null) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, objectives)
        .Select(_ => levels is { } steps ? Math.Floor(rng.NextUniform() * steps) / steps : rng.NextUniform()).ToArray())];

    // Vectors of sum 1, of which none dominates another.
    public static double[][] Nondominated(Rng rng, int count, int objectives) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        double[] parts = [.. Enumerable.Range(0, objectives).Select(_ => -Math.Log(1 - rng.NextUniform()))];
        double sum = parts.Sum();
        return parts.Select(part => part / sum).ToArray();
    })];
}
