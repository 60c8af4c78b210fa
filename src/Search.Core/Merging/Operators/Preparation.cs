using System.Numerics.Tensors;
using Search.Merging.Sparsifiers;

namespace Search.Merging.Operators;

/// <summary>What the preparations of several operators have in common. Batch-normalisation statistics stay as they are, and are averaged where one vector is made of several.</summary>
internal static class Preparation
{
    /// <summary>What has the coefficient where preparation leaves one vector.</summary>
    public const string Merged = "merged";

    /// <summary>Sparsifies every task vector.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="sparsifier">What is kept.</param>
    public static TaskVectors Sparsified(TaskVectors vectors, Sparsifier sparsifier)
    {
        Sparsify sparsify = sparsifier.Open(vectors);
        return PerTensor(vectors, vectors.Names, (tensor, _, taus) =>
        {
            for (int k = 0; k < taus.Length; k++)
            {
                sparsify(k, tensor, taus[k]);
            }

            return taus;
        });
    }

    /// <summary>Makes one vector of all.</summary>
    /// <param name="vectors">The task vectors, or what became of them.</param>
    /// <param name="reduce">Makes a tensor's vector of its index in the layout and its vectors.</param>
    public static TaskVectors Reduced(TaskVectors vectors, Func<int, float[][], float[]> reduce) =>
        PerTensor(vectors, [Merged], (tensor, _, taus) => [reduce(tensor, taus)]);

    /// <summary>Makes vectors tensor by tensor.</summary>
    /// <param name="vectors">The task vectors, or what became of them.</param>
    /// <param name="names">What the new ones are called.</param>
    /// <param name="make">Makes a tensor's new vectors of its index in the layout, its base weights and its vectors.</param>
    /// <exception cref="MergeException">A task vector has values that are not finite.</exception>
    public static TaskVectors PerTensor(TaskVectors vectors, IReadOnlyList<string> names, Func<int, float[], float[][], float[][]> make) => TaskVectors.Made(vectors, names, (tensor, origin, taus) =>
    {
        if (vectors.Family.IsKept[tensor])
        {
            return [.. names.Select((_, m) => m < taus.Length ? taus[m] : new float[origin.Length])]; // no coefficient weighs them
        }

        for (int k = 0; k < taus.Length; k++)
        {
            RequireFinite(vectors, k, tensor, taus[k]);
        }

        return !vectors.Family.IsBuffer[tensor] ? make(tensor, origin, taus) : names.Count == taus.Length ? taus : [.. names.Select(_ => Average(taus))];
    });

    /// <summary>Refuses values that are not finite.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="vector">Which.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="values">Its part in the tensor.</param>
    /// <exception cref="MergeException">One is not.</exception>
    public static void RequireFinite(TaskVectors vectors, int vector, int tensor, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new MergeException($"expert {vectors.Names[vector]}: '{vectors.Layout.Tensors[tensor].Name}' differs from the base by {values[i]} at element {i}, and this operator needs finite values.");
            }
        }
    }

    /// <summary>The vectors' mean.</summary>
    /// <param name="taus">A tensor's vectors.</param>
    public static float[] Average(float[][] taus)
    {
        float[] sum = new float[taus[0].Length];
        foreach (float[] tau in taus)
        {
            TensorPrimitives.Add(sum, tau, sum);
        }

        TensorPrimitives.Divide(sum, taus.Length, sum);
        return sum;
    }
}
