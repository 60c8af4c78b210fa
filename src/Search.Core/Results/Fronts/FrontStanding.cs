namespace Search.Results.Fronts;

/// <summary>How a front stands beside another of the same objectives.</summary>
/// <param name="Size">How many vectors it has.</param>
/// <param name="Unbeaten">How many of them no vector of the other dominates.</param>
/// <param name="Hypervolume">The volume that it dominates below the common reference point, or null where that takes too long to measure; the more the better.</param>
/// <param name="Distance"><see cref="FrontIndicators.InvertedDistance"/> to the front of both, in units of that front's ranges; the less the better.</param>
/// <param name="Epsilon"><see cref="FrontIndicators.AdditiveEpsilon"/> to the other, in the same units: below 0 where it dominates all of it; the less the better.</param>
/// <param name="Spread"><see cref="FrontIndicators.Spread"/> in the same units, or null of other than two objectives; the less the evener.</param>
public sealed record FrontStanding(int Size, int Unbeaten, double? Hypervolume, double Distance, double Epsilon, double? Spread)
{
    /// <summary>Compares two fronts.</summary>
    /// <param name="mine">The one; at least one vector, minimised and finite.</param>
    /// <param name="theirs">The other; at least one, as long.</param>
    /// <param name="reference">The point that volumes are measured below.</param>
    /// <param name="effort">What the volumes may take, as for <see cref="Fronts.Hypervolume"/>; what is left of it.</param>
    /// <returns>How each stands beside the other.</returns>
    public static (FrontStanding Mine, FrontStanding Theirs) Of(IReadOnlyList<double[]> mine, IReadOnlyList<double[]> theirs, IReadOnlyList<double> reference, ref long effort)
    {
        double[][] both = [.. mine, .. theirs];
        var scale = new Scalarisation(both);
        double[][] Scaled(IEnumerable<double[]> points) => [.. points.Select(point => point.Select((value, i) => scale.Unit(i, value)).ToArray())];
        double[][] best = Scaled(Dominance.Front(both).Select(index => both[index]));
        return (One(mine, theirs, ref effort), One(theirs, mine, ref effort));

        FrontStanding One(IReadOnlyList<double[]> own, IReadOnlyList<double[]> other, ref long left)
        {
            double[][] scaled = Scaled(own);
            return new FrontStanding(
                own.Count,
                own.Count(point => !other.Any(rival => Dominance.Dominates(rival, point))),
                Fronts.Hypervolume.Of(own, reference, ref left),
                FrontIndicators.InvertedDistance(scaled, best),
                FrontIndicators.AdditiveEpsilon(scaled, Scaled(other)),
                reference.Count == 2 ? FrontIndicators.Spread(scaled) : null);
        }
    }
}
