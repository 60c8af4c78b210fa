using Search.Merging.Operators;

namespace Search.Merging;

/// <summary>
/// The inner products of the base and the task vectors over some elements, in double precision: index 0 is the base, k + 1 the vector k.
/// Norms, angles and spherical means need nothing else.
/// </summary>
public sealed class Gram
{
    private readonly double[,] _products;

    private Gram(double[,] products) => _products = products;

    /// <summary>How many task vectors there are.</summary>
    public int Count => _products.GetLength(0) - 1;

    /// <summary>An inner product.</summary>
    /// <param name="i">0 for the base, k + 1 for the vector k.</param>
    /// <param name="j">Likewise.</param>
    public double this[int i, int j] => _products[i, j];

    /// <summary>The products over each tensor.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <returns>One a tensor, in the layout's order.</returns>
    /// <exception cref="MergeException">A task vector that merges has values that are not finite.</exception>
    public static IReadOnlyList<Gram> OfTensors(TaskVectors vectors)
    {
        var grams = new Gram[vectors.Layout.Tensors.Count];
        TensorLoop.ForEach(grams.Length, tensor =>
        {
            float[] origin = vectors.BaseOf(tensor);
            float[][] taus = [.. Enumerable.Range(0, vectors.Count).Select(k => vectors.CopyOf(k, tensor, origin))];
            grams[tensor] = Of([origin, .. taus]);
            for (int k = 0; k < taus.Length && vectors.Family.IsMerged[tensor]; k++)
            {
                if (!double.IsFinite(grams[tensor].Tau(k, k)))
                {
                    Preparation.RequireFinite(vectors, k, tensor, taus[k]);
                }
            }
        });
        return grams;
    }

    /// <summary>The products over one tensor.</summary>
    /// <param name="all">Its base weights and vectors, all of one length.</param>
    internal static Gram Of(float[][] all)
    {
        var products = new double[all.Length, all.Length];
        for (int i = 0; i < all.Length; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                products[i, j] = products[j, i] = Dot(all[i], all[j]);
            }
        }

        return new Gram(products);
    }

    /// <summary>The products over several tensors together.</summary>
    /// <param name="parts">Theirs; at least one.</param>
    public static Gram Sum(IReadOnlyList<Gram> parts)
    {
        int size = parts[0].Count + 1;
        var products = new double[size, size];
        foreach (Gram part in parts)
        {
            for (int i = 0; i < size * size; i++)
            {
                products[i / size, i % size] += part[i / size, i % size];
            }
        }

        return new Gram(products);
    }

    /// <summary>The inner product of two task vectors.</summary>
    /// <param name="a">A vector's index.</param>
    /// <param name="b">A vector's index.</param>
    public double Tau(int a, int b) => _products[a + 1, b + 1];

    /// <summary>The cosine of the angle between two task vectors, in [−1, 1], or null where one is zero.</summary>
    /// <param name="a">A vector's index.</param>
    /// <param name="b">A vector's index.</param>
    public double? Cosine(int a, int b) => Math.Sqrt(Tau(a, a)) * Math.Sqrt(Tau(b, b)) is > 0 and var norms ? Math.Clamp(Tau(a, b) / norms, -1, 1) : null;

    /// <summary>The inner product of two experts' weights, (θ₀ + τₐ)·(θ₀ + τ_b).</summary>
    /// <param name="a">An expert's index.</param>
    /// <param name="b">An expert's index.</param>
    public double Theta(int a, int b) => _products[0, 0] + _products[0, a + 1] + _products[0, b + 1] + _products[a + 1, b + 1];

    // A product of two floats is exact in double precision.
    private static double Dot(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}
