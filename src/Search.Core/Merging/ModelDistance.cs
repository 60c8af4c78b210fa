namespace Search.Merging;

/// <summary>How far apart the models of two candidates are. Only the pieces that they weigh differently are merged, so that it costs two merges of what a coefficient acts on.</summary>
/// <param name="space">Decides the candidates' merges.</param>
public sealed class ModelDistance(MergeSpace space)
{
    /// <summary>Measures.</summary>
    /// <param name="first">A candidate's coefficients.</param>
    /// <param name="second">Another's.</param>
    /// <returns>The Euclidean norm of the difference of their merged weights; null where one of them decides no merge, or not one of finite weights.</returns>
    public double? Between(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        try
        {
            double norm = Math.Sqrt(Squares(space.Decode(first), space.Decode(second)).Sum());
            return double.IsFinite(norm) ? norm : null;
        }
        catch (MergeException)
        {
            return null;
        }
    }

    // By tensor, so that the sum does not depend on how many threads took part.
    private double[] Squares(MergeWeights first, MergeWeights second)
    {
        IReadOnlyList<WeightSlot> tensors = space.Merge.Source.Layout.Tensors;
        var squares = new double[tensors.Count];
        TensorLoop.ForEach(
            tensors.Count,
            t =>
            {
                float[] a = new float[Merger.Slice];
                float[] b = new float[Merger.Slice];
                squares[t] = 0; // where it is begun anew
                foreach ((_, long start, long length) in first.Pieces.Of(t, tensors[t].ElementCount).Where(piece => !first.IsSameIn(piece.Piece, second)))
                {
                    for (long done = 0; done < length; done += Merger.Slice)
                    {
                        int count = (int)Math.Min(Merger.Slice, length - done);
                        Merger.MergeSlice(first, t, start + done, a.AsMemory(0, count));
                        Merger.MergeSlice(second, t, start + done, b.AsMemory(0, count));
                        squares[t] += Square(a.AsSpan(0, count), b.AsSpan(0, count));
                    }
                }
            },
            first.Vectors.IsMadeAsRead ? 1 : -1); // a tensor's vectors are there until another's are asked for
        return squares;
    }

    // In double precision, and in an order that does not depend on the registers' width.
    private static double Square(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }
}
