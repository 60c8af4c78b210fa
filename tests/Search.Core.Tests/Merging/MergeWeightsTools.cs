using Search.Merging;

namespace Search.Tests.Merging;

internal static class MergeWeightsTools
{
    // The same merge of the same vectors in another place.
    public static MergeWeights Over(this MergeWeights weights, TaskVectors vectors)
    {
        var moved = new MergeWeights(vectors, weights.Pieces, weights.Rule);
        for (int piece = 0; piece < weights.Pieces.Count; piece++)
        {
            weights[piece].CopyTo(moved[piece]);
            moved.Base(piece) = weights.Base(piece);
            moved.IsRuled(piece) = weights.IsRuled(piece);
        }

        return moved;
    }
}
