namespace Search.Strategies.Genetic;

/// <summary>Draws an index with a chance proportional to its slot.</summary>
internal static class Wheel
{
    /// <summary>Spins once.</summary>
    /// <param name="cumulative">The running sums of the slots' sizes; increasing.</param>
    /// <param name="rng">The randomness.</param>
    public static int Spin(double[] cumulative, Rng rng)
    {
        int slot = Array.BinarySearch(cumulative, rng.NextUniform() * cumulative[^1]);
        return Math.Min(slot >= 0 ? slot + 1 : ~slot, cumulative.Length - 1); // a slot holds its lower end, not its upper one
    }
}
