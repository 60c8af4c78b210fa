namespace Search.Merging.Comparison;

/// <summary>How the task vectors of several experts relate to the base and to each other over some tensors.</summary>
public sealed class VectorComparison
{
    private readonly Gram _gram;
    private readonly long _conflicts;
    private readonly long[] _zeros;
    private readonly long[,] _opposed;
    private readonly long[,] _kept;

    private VectorComparison(string name, long elements, Gram gram, long conflicts, long[] zeros, long[,] opposed, long[,] kept)
    {
        Name = name;
        Elements = elements;
        _gram = gram;
        _conflicts = conflicts;
        _zeros = zeros;
        _opposed = opposed;
        _kept = kept;
    }

    /// <summary>What the tensors are called together; empty for the whole model.</summary>
    public string Name { get; }

    /// <summary>How many elements they have.</summary>
    public long Elements { get; }

    /// <summary>‖θ₀‖ over them.</summary>
    public double BaseNorm => Math.Sqrt(_gram[0, 0]);

    /// <summary>The fraction of elements that some experts raise and others lower.</summary>
    public double Conflict => (double)_conflicts / Elements;

    /// <summary>Compares one tensor's vectors.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="origin">Its base weights.</param>
    /// <param name="taus">Its task vectors; sparsified on return.</param>
    /// <param name="sparsify">Leaves the elements of the vector of a given index that count as its largest, and makes the others zero.</param>
    internal static VectorComparison Of(string name, float[] origin, float[][] taus, Action<int, float[]> sparsify)
    {
        var gram = Gram.Of([origin, .. taus]);
        long conflicts = 0;
        long[] zeros = new long[taus.Length];
        for (int i = 0; i < origin.Length; i++)
        {
            bool raised = false;
            bool lowered = false;
            for (int k = 0; k < taus.Length; k++)
            {
                float tau = taus[k][i];
                zeros[k] += tau == 0 ? 1 : 0;
                raised |= tau > 0;
                lowered |= tau < 0;
            }

            conflicts += raised && lowered ? 1 : 0;
        }

        long[,] opposed = new long[taus.Length, taus.Length];
        for (int a = 0; a < taus.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                opposed[a, b] = opposed[b, a] = Opposed(taus[a], taus[b]);
            }
        }

        long[,] kept = new long[taus.Length, taus.Length];
        for (int a = 0; a < taus.Length; a++)
        {
            sparsify(a, taus[a]);
            for (int b = 0; b <= a; b++)
            {
                kept[a, b] = kept[b, a] = Both(taus[a], taus[b]);
            }
        }

        return new VectorComparison(name, origin.Length, gram, conflicts, zeros, opposed, kept);
    }

    /// <summary>What was found over several tensors together.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="parts">Theirs; at least one.</param>
    internal static VectorComparison Sum(string name, IReadOnlyList<VectorComparison> parts)
    {
        int experts = parts[0]._zeros.Length;
        long[,] Total(Func<VectorComparison, long[,]> counts)
        {
            long[,] total = new long[experts, experts];
            foreach (long[,] part in parts.Select(counts))
            {
                for (int i = 0; i < experts * experts; i++)
                {
                    total[i / experts, i % experts] += part[i / experts, i % experts];
                }
            }

            return total;
        }

        return new VectorComparison(
            name, parts.Sum(part => part.Elements), Gram.Sum([.. parts.Select(part => part._gram)]), parts.Sum(part => part._conflicts),
            [.. Enumerable.Range(0, experts).Select(k => parts.Sum(part => part._zeros[k]))], Total(part => part._opposed), Total(part => part._kept));
    }

    /// <summary>‖τ‖.</summary>
    /// <param name="expert">The expert's index.</param>
    public double Norm(int expert) => Math.Sqrt(_gram.Tau(expert, expert));

    /// <summary>‖τ‖ / ‖θ₀‖, or null where the base is zero.</summary>
    /// <param name="expert">The expert's index.</param>
    public double? RelativeNorm(int expert) => BaseNorm > 0 ? Norm(expert) / BaseNorm : null;

    /// <summary>The fraction of elements that the expert left exactly as they were.</summary>
    /// <param name="expert">The expert's index.</param>
    public double Zero(int expert) => (double)_zeros[expert] / Elements;

    /// <summary>The cosine of the angle between two task vectors, or null where one is zero.</summary>
    /// <param name="a">An expert's index.</param>
    /// <param name="b">An expert's index.</param>
    public double? Cosine(int a, int b) => _gram.Cosine(a, b);

    /// <summary>The fraction of elements that one of two experts raises and the other lowers.</summary>
    /// <param name="a">An expert's index.</param>
    /// <param name="b">Another expert's index.</param>
    public double SignConflict(int a, int b) => (double)_opposed[a, b] / Elements;

    /// <summary>How far the largest elements of two task vectors are the same ones: |A ∩ B| / |A ∪ B|, or null where neither has any.</summary>
    /// <param name="a">An expert's index.</param>
    /// <param name="b">An expert's index.</param>
    public double? Overlap(int a, int b) => _kept[a, a] + _kept[b, b] - _kept[a, b] is > 0 and var union ? (double)_kept[a, b] / union : null;

    private static long Opposed(float[] a, float[] b)
    {
        long count = 0;
        for (int i = 0; i < a.Length; i++)
        {
            count += (a[i] > 0 && b[i] < 0) || (a[i] < 0 && b[i] > 0) ? 1 : 0;
        }

        return count;
    }

    private static long Both(float[] a, float[] b)
    {
        long count = 0;
        for (int i = 0; i < a.Length; i++)
        {
            count += a[i] != 0 && b[i] != 0 ? 1 : 0;
        }

        return count;
    }
}
