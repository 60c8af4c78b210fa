namespace Search.Results.Fronts;

/// <summary>
/// The knee of a front: the vector that bulges furthest towards the best values, away from the plane through the points that are best in one
/// objective and worst in the others (Das 1999, doi:10.1007/BF01195985), where giving up a little of one objective no longer buys much of another.
/// </summary>
public static class Knee
{
    /// <summary>Finds the knee.</summary>
    /// <param name="front">Vectors of which none dominates another, minimised and finite.</param>
    /// <returns>The index of the first such vector, or -1 where fewer than three vectors leave nothing between the ends.</returns>
    public static int Find(IReadOnlyList<double[]> front)
    {
        if (front.Count < 3)
        {
            return -1;
        }

        // In units of the front's range the plane is Σ u = 1 (m − 1 for the corners of more objectives), and the distance from it falls with Σ u alone.
        var scale = new Scalarisation(front);
        return Enumerable.Range(0, front.Count).MinBy(index => front[index].Select((value, i) => scale.Unit(i, value)).Sum());
    }
}
