namespace Search.Strategies.Bayesian;

/// <summary>
/// Optuna's prior with shorter lengthscales along axes that move the model further. That differences of the source models say where
/// lengthscales start is the idea of AP-BMM (Chen et al. 2026, arXiv:2512.09972), which has four values for layers ranked by relative
/// differences. Ours: the distance itself; and that the prior follows, since a start alone is forgotten by the fit.
/// </summary>
/// <param name="inner">The prior of the axes if all moved the model alike.</param>
/// <param name="shifts">What is added to ln ℓ, one a lengthscale.</param>
internal sealed class DistancePrior(HyperPrior inner, IReadOnlyList<double> shifts) : HyperPrior
{
    // A process that is alike in all directions of the weights has ℓ ∝ 1/distance. Half of that costs less where distances do not tell how
    // much an axis matters (experiments/pareto/prior.md).
    private const double Trust = 0.5;
    private const double Furthest = 10; // times the mean distance, or a tenth of it: lengthscales span ten at most, as AP-BMM's do

    /// <inheritdoc/>
    public override bool LearnsSignalVariance => inner.LearnsSignalVariance;

    /// <summary>Measures a space's axes from end to end, all others being at their start.</summary>
    /// <param name="space">The space.</param>
    /// <param name="distance">How far apart the models of two candidates are, or null where it cannot be said of them.</param>
    /// <exception cref="ArgumentException">No models are known.</exception>
    public static HyperPrior Of(SearchSpace space, Func<IReadOnlyList<double>, IReadOnlyList<double>, double?>? distance) => distance is null
        ? throw new ArgumentException("Prior 'distances' measures how far coefficients move the model, so it needs a study, or 'distance' of coefficients in a space file: no models are known here.")
        : new DistancePrior(new OptunaPrior(), Shifts([.. Enumerable.Range(0, space.Axes.Count).Select(axis => distance(End(space, axis, 0), End(space, axis, 1)))]));

    /// <summary>−½ ln of each distance over their geometric mean, within ±½ ln 10; 0 where it is unknown. Zeros, which the mean leaves out, are furthest from it.</summary>
    /// <param name="distances">One an axis, not negative, null for unknown.</param>
    public static double[] Shifts(IReadOnlyList<double?> distances)
    {
        double mean = distances.Where(distance => distance > 0).Select(distance => Math.Log(distance!.Value)).DefaultIfEmpty(0).Average();
        return [.. distances.Select(distance => distance is { } known ? Trust * Math.Clamp(mean - Math.Log(known), -Math.Log(Furthest), Math.Log(Furthest)) : 0)];
    }

    /// <inheritdoc/>
    public override double[] Start(int lengthscales)
    {
        double[] start = inner.Start(lengthscales);
        for (int i = 0; i < lengthscales; i++)
        {
            start[i] += shifts[i];
        }

        return start;
    }

    /// <inheritdoc/>
    public override double Penalty(ReadOnlySpan<double> logarithms, Span<double> gradient)
    {
        double[] unshifted = logarithms.ToArray();
        for (int i = 0; i < shifts.Count; i++)
        {
            unshifted[i] -= shifts[i];
        }

        return inner.Penalty(unshifted, gradient);
    }

    private static double[] End(SearchSpace space, int axis, double end) => space.Decode([.. space.Axes.Select((one, i) => i == axis ? end : one.Start)]);
}
