using Search.Results.Fronts;
using Search.Strategies.Genetic;

namespace Search.Strategies.Fronts;

/// <summary>
/// NSGA-III's survival: front by front, and of the last that fits in part those that directions with the fewest survivors want (Deb and
/// Jain 2014, doi:10.1109/TEVC.2013.2281535, §IV). It remembers the ideal and the extreme points of the search; where the paper draws lots, the
/// nearest to the direction is taken, then the first asked for.
/// </summary>
/// <param name="directions">The directions: weights that sum to 1.</param>
public sealed class ReferenceReinsertion(IReadOnlyList<double[]> directions) : IReinsertion
{
    private const double OffAxis = 1e6; // of the weights that extreme points are found with
    private const double LeastIntercept = 1e-6;

    private double[]? _ideal;
    private double[][] _extremes = [];
    private double[]? _worst;

    /// <inheritdoc/>
    public IReadOnlyList<Individual> Reinsert(IReadOnlyList<Individual> parents, IReadOnlyList<Individual> offspring, int size)
    {
        Individual[] all = [.. parents, .. offspring];
        if (all.Length == 0)
        {
            return all;
        }

        int[] ranks = Dominance.Ranks([.. all.Select(individual => individual.Objectives)]);
        Individual[][] fronts = [.. all.Zip(ranks).GroupBy(pair => pair.Second, pair => pair.First).OrderBy(front => front.Key).Select(front => front.OrderBy(individual => individual.Order).ToArray())];
        double[] range = Range(all, fronts[0]);
        (int Direction, double Distance)[] niches(IEnumerable<Individual> some) => [.. some.Select(individual => Nearest(individual.Objectives, range))];

        var kept = new List<Individual>();
        int last = 0;
        for (; last < fronts.Length && kept.Count + fronts[last].Length <= size; last++)
        {
            kept.AddRange(fronts[last]);
        }

        if (last == fronts.Length || kept.Count == size)
        {
            return kept;
        }

        int[] counts = new int[directions.Count];
        foreach ((int direction, _) in niches(kept))
        {
            counts[direction]++;
        }

        (Individual Individual, (int Direction, double Distance) Niche)[] wanting = [.. fronts[last].Zip(niches(fronts[last]))];
        var left = wanting.GroupBy(one => one.Niche.Direction).ToDictionary(
            group => group.Key, group => new Queue<Individual>(group.OrderBy(one => one.Niche.Distance).ThenBy(one => one.Individual.Order).Select(one => one.Individual)));
        while (kept.Count < size)
        {
            int direction = left.Where(niche => niche.Value.Count > 0).MinBy(niche => (counts[niche.Key], niche.Key)).Key;
            kept.Add(left[direction].Dequeue());
            counts[direction]++;
        }

        return kept;
    }

    // Where the plane through the extreme points meets the axes, less the ideal point (§IV-C).
    private double[] Range(Individual[] all, Individual[] front)
    {
        int m = all[0].Objectives.Length;
        _ideal = [.. Enumerable.Range(0, m).Select(i => Math.Min(_ideal?[i] ?? double.PositiveInfinity, all.Min(one => one.Objectives[i])))];
        _worst = [.. Enumerable.Range(0, m).Select(i => Math.Max(_worst?[i] ?? double.NegativeInfinity, all.Max(one => one.Objectives[i])))];
        double[][] candidates = [.. _extremes, .. front.Select(one => one.Objectives)];
        _extremes = [.. Enumerable.Range(0, m).Select(axis => candidates.MinBy(point => Enumerable.Range(0, m).Max(i => (point[i] - _ideal[i]) * (i == axis ? 1 : OffAxis)))!)];
        double[] nadir = [.. Enumerable.Range(0, m).Select(i => front.Max(one => one.Objectives[i]))];
        double[]? intercepts = Intercepts([.. _extremes.Select(point => point.Zip(_ideal, (x, least) => x - least).ToArray())]);
        return [.. Enumerable.Range(0, m).Select(i =>
        {
            double range = intercepts is { } some && some[i] > LeastIntercept && some[i] <= _worst[i] - _ideal[i] ? some[i] : nadir[i] - _ideal[i];
            return range > LeastIntercept ? range : Math.Max(_worst[i] - _ideal[i], LeastIntercept);
        })];
    }

    // Solves E a = 1 by elimination with pivots; the intercepts are 1 / a. Null where the points span no plane.
    private static double[]? Intercepts(double[][] extremes)
    {
        int m = extremes.Length;
        double[][] rows = [.. extremes.Select(row => (double[])[.. row, 1])];
        for (int column = 0; column < m; column++)
        {
            int pivot = Enumerable.Range(column, m - column).MaxBy(row => Math.Abs(rows[row][column]));
            if (Math.Abs(rows[pivot][column]) < 1e-12)
            {
                return null;
            }

            (rows[column], rows[pivot]) = (rows[pivot], rows[column]);
            for (int row = 0; row < m; row++)
            {
                double factor = row == column ? 0 : rows[row][column] / rows[column][column];
                for (int i = column; i <= m && factor != 0; i++)
                {
                    rows[row][i] -= factor * rows[column][i];
                }
            }
        }

        return [.. Enumerable.Range(0, m).Select(i => rows[i][i] / rows[i][m])];
    }

    // The direction that a point is nearest to, by the perpendicular distance (§IV-D).
    private (int Direction, double Distance) Nearest(double[] objectives, double[] range)
    {
        double[] point = [.. objectives.Select((value, i) => (value - _ideal![i]) / range[i])];
        double square = point.Sum(x => x * x);
        (int Direction, double Distance) nearest = (-1, double.PositiveInfinity);
        for (int index = 0; index < directions.Count; index++)
        {
            double along = 0;
            double length = 0;
            double[] direction = directions[index];
            for (int i = 0; i < point.Length; i++)
            {
                along += point[i] * direction[i];
                length += direction[i] * direction[i];
            }

            double distance = Math.Sqrt(Math.Max(0, square - (along * along / length)));
            nearest = nearest.Direction < 0 || distance < nearest.Distance ? (index, distance) : nearest;
        }

        return nearest;
    }
}
