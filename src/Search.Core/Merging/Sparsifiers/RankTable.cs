using Search.Merging.Kernels;
using Search.Merging.Operators;

namespace Search.Merging.Sparsifiers;

/// <summary>
/// Which element is the r-th by falling magnitude, of equal ones the first before the others: for every r where there are at most
/// <see cref="Steps"/> elements, else for that many evenly spaced r. Sorts once and keeps 12 bytes a step.
/// </summary>
internal sealed class RankTable
{
    /// <summary>How many ranks are kept at most: settings act in steps of one part in so many.</summary>
    public const int Steps = 4096;

    private readonly long _elements;
    private readonly int _steps;
    private readonly float[] _magnitudes; // by step from 1 on
    private readonly long[] _ends;

    /// <summary>A tensor among the elements that were ranked together.</summary>
    /// <param name="Table">The ranks.</param>
    /// <param name="Start">How many elements come before the tensor's.</param>
    public readonly record struct Part(RankTable Table, long Start)
    {
        /// <summary>How many elements were ranked together.</summary>
        public long Elements => Table._elements;

        /// <summary>The r-th of all elements, its place counted from the tensor's start.</summary>
        /// <param name="rank">r.</param>
        public RankedElement At(long rank)
        {
            RankedElement element = Table.At(rank);
            return element with { End = element.End - Start };
        }
    }

    /// <summary>Ranks the elements of each vector's part in each tensor.</summary>
    /// <param name="vectors">The vectors; what does not merge has no ranks.</param>
    /// <returns>The ranks of a vector in a tensor.</returns>
    public static Func<int, int, Part> OfTensors(TaskVectors vectors)
    {
        var tables = new RankTable?[vectors.Layout.Tensors.Count, vectors.Count];
        TensorLoop.ForEach(tables.GetLength(0), t =>
        {
            for (int k = 0; k < vectors.Count && vectors.Family.IsMerged[t]; k++)
            {
                float[] part = Read(vectors, k, t);
                tables[t, k] = new RankTable(part.Length, () => [part]);
            }
        });
        return (vector, tensor) => new Part(tables[tensor, vector]!, 0);
    }

    /// <summary>Ranks the elements of each vector in all tensors together.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <returns>The ranks of a vector in a tensor.</returns>
    public static Func<int, int, Part> OfWhole(TaskVectors vectors)
    {
        IReadOnlyList<int> merged = vectors.Family.Merged;
        var starts = new long[vectors.Layout.Tensors.Count];
        long elements = 0;
        foreach (int t in merged)
        {
            starts[t] = elements;
            elements += vectors.Layout.Tensors[t].ElementCount;
        }

        // One after another: each needs as much memory as the model.
        RankTable[] tables = [.. Enumerable.Range(0, vectors.Count).Select(k => new RankTable(elements, () => merged.Select(t => Read(vectors, k, t))))];
        return (vector, tensor) => new Part(tables[vector], starts[tensor]);
    }

    /// <summary>Ranks the elements of several spans as if they were one.</summary>
    /// <param name="elements">How many there are together.</param>
    /// <param name="parts">Reads them, in the same order each time; asked twice.</param>
    /// <exception cref="MergeException">There are more elements than can be sorted at once, 2³¹ nearly.</exception>
    public RankTable(long elements, Func<IEnumerable<float[]>> parts)
    {
        if (elements > Array.MaxLength)
        {
            throw new MergeException($"settings: a search over the magnitudes of {elements} elements together sorts at most {Array.MaxLength} at once; use scope: tensor.");
        }

        _elements = elements;
        _steps = (int)Math.Min(elements, Steps);
        float[] sorted = GC.AllocateUninitializedArray<float>((int)elements);
        int count = 0;
        foreach (float[] part in parts())
        {
            foreach (float value in part)
            {
                sorted[count++] = MathF.Abs(value);
            }
        }

        Array.Sort(sorted);
        _magnitudes = [.. Enumerable.Range(1, _steps).Select(step => sorted[(int)(elements - Rank(step))])];
        _ends = new long[_steps];
        FindEnds(sorted, parts);
    }

    /// <summary>The r-th element.</summary>
    /// <param name="rank">r, from 0, which is before all; rounded down to one that is kept.</param>
    public RankedElement At(long rank)
    {
        int step = (int)((Int128)rank * _steps / Math.Max(1, _elements));
        while (step < _steps && Rank(step + 1) <= rank)
        {
            step++;
        }

        return step == 0 ? RankedElement.None : new RankedElement(_magnitudes[step - 1], _ends[step - 1]);
    }

    private static float[] Read(TaskVectors vectors, int vector, int tensor)
    {
        float[] values = vectors.CopyOf(vector, tensor, vectors.BaseOf(tensor));
        Preparation.RequireFinite(vectors, vector, tensor, values);
        return values;
    }

    private long Rank(int step) => (long)((Int128)step * _elements / _steps);

    // Of the elements that share a kept rank's magnitude, that rank's is the one that so many are before.
    private void FindEnds(float[] sorted, Func<IEnumerable<float[]>> parts)
    {
        float[] distinct = [.. _magnitudes.Distinct().Reverse()];
        int[] next = [.. distinct.Select(magnitude => Array.IndexOf(_magnitudes, magnitude))]; // the step whose element is looked for
        long[] above = [.. distinct.Select(magnitude => sorted.Length - UpperBound(sorted, magnitude))];
        long[] seen = new long[distinct.Length];
        long place = 0;
        foreach (float[] part in parts())
        {
            foreach (float value in part)
            {
                place++;
                int at = Array.BinarySearch(distinct, MathF.Abs(value));
                if (at < 0)
                {
                    continue;
                }

                seen[at]++;
                if (next[at] < _steps && Rank(next[at] + 1) - above[at] == seen[at])
                {
                    _ends[next[at]++] = place; // the next step has another magnitude, or needs more of this one
                }
            }
        }
    }

    private static int UpperBound(float[] sorted, float value)
    {
        (int low, int high) = (0, sorted.Length);
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = sorted[middle] <= value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
