namespace Search.Results.Fronts;

/// <summary>
/// The knee of a front: the vector that bulges furthest towards the best values, away from the plane through the points that are best in one
/// objective and worst in the others (Das 1999, doi:10.1007/BF01195985), where giving up a little of one objective no longer buys much of another.
/// What is best in an objective is an end and no knee; a front of two objectives that bulges the other way has none.
/// </summary>
public static class Knee
{
    /// <summary>Finds the knee.</summary>
    /// <param name="front">Vectors of which none dominates another, minimised and finite.</param>
    /// <returns>The index of the first such vector, or -1 where there is none.</returns>
    public static int Find(IReadOnlyList<double[]> front)
    {
        if (front.Count < 3)
        {
            return -1;
        }

        int[] varying = [.. Enumerable.Range(0, front[0].Length).Where(i => front.Any(point => point[i] != front[0][i]))];
        double[] least = [.. Enumerable.Range(0, front[0].Length).Select(i => front.Min(point => point[i]))];

        // In units of the front's range the plane is Σ u = 1 (m − 1 for the corners of more objectives), and the distance from it falls with Σ u alone.
        var scale = new Scalarisation(front);
        double Sum(int index) => front[index].Select((value, i) => scale.Unit(i, value)).Sum();
        int[] between = [.. Enumerable.Range(0, front.Count).Where(index => !varying.Any(i => front[index][i] == least[i]))];
        int knee = between.Length == 0 ? -1 : between.MinBy(Sum);
        return knee >= 0 && (varying.Length > 2 || Sum(knee) < 1) ? knee : -1;
    }
}
