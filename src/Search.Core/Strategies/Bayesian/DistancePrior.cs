namespace Search.Strategies.Bayesian;

/// <summary>
/// Another prior whose lengthscales are the shorter, the further an axis moves the model, so that the process is alike in all directions of
/// the models' weights and not of the coefficients. That source models' differences say where lengthscales start is the idea of AP-BMM
/// (Chen et al. 2026, arXiv:2512.09972), which ranks layers by them; that the prior follows too, in proportion, is ours.
/// </summary>
/// <param name="inner">The prior of the axes if all moved the model alike.</param>
/// <param name="shifts">What is added to ln ℓ, one a lengthscale.</param>
internal sealed class DistancePrior(HyperPrior inner, IReadOnlyList<double> shifts) : HyperPrior
{
    private const double Furthest = 10; // times shorter or longer than the mean's, at most: AP-BMM starts between 0.5 and 5

    /// <inheritdoc/>
    public override bool LearnsSignalVariance => inner.LearnsSignalVariance;

    /// <summary>Measures a space's axes from end to end, all others being at their start.</summary>
    /// <param name="space">The space.</param>
    /// <param name="distance">How far apart the models of two candidates are, or null where it cannot be said of them.</param>
    /// <exception cref="ArgumentException">No models are known.</exception>
    public static HyperPrior Of(SearchSpace space, Func<IReadOnlyList<double>, IReadOnlyList<double>, double?>? distance) => distance is null
        ? throw new ArgumentException("Prior 'distances' measures how far coefficients move the model, so it needs a study: no models are known here.", nameof(distance))
        : new DistancePrior(new OptunaPrior(), Shifts([.. Enumerable.Range(0, space.Axes.Count).Select(axis => distance(End(space, axis, 0), End(space, axis, 1)))]));

    /// <summary>−ln of each distance over their geometric mean, within ±ln 10; none of them moves where it is unknown, and zeros, which the mean leaves out, move furthest.</summary>
    /// <param name="distances">One an axis, not negative, null for unknown.</param>
    public static double[] Shifts(IReadOnlyList<double?> distances)
    {
        double mean = distances.Where(distance => distance > 0).Select(distance => Math.Log(distance!.Value)).DefaultIfEmpty(0).Average();
        return [.. distances.Select(distance => distance is { } known ? Math.Clamp(mean - Math.Log(known), -Math.Log(Furthest), Math.Log(Furthest)) : 0)];
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
