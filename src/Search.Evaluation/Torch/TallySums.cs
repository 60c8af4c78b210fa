using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch;

/// <summary>The sums of one task's scores over some of its examples: scalars in float64 that derivatives can be taken of.</summary>
/// <param name="Entropy">The sum over rows of the entropy in nats.</param>
/// <param name="Prediction">The sum over rows of the probabilities, one element a class.</param>
/// <param name="Scores">The sum of each score asked for, null for those that follow from the first two.</param>
/// <param name="Counts">What each of them was summed over.</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Examples">How many examples.</param>
internal sealed record TallySums(TorchTensor Entropy, TorchTensor Prediction, IReadOnlyList<TorchTensor?> Scores, IReadOnlyList<long> Counts, long Rows, long Examples) : IDisposable
{
    /// <summary>These examples' share of Σ weight · score: its derivative, summed over all of the task's examples, is that of the sum.</summary>
    /// <param name="scores">The scores asked for.</param>
    /// <param name="terms">Scores and what each weighs.</param>
    /// <param name="examples">How many examples the task has in all.</param>
    /// <param name="meanPrediction">The task's mean prediction over all of them; read where a term looks at it.</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public TorchTensor Share(IReadOnlyList<Score> scores, IEnumerable<(Score Score, double Weight)> terms, long examples, IReadOnlyList<double>? meanPrediction)
    {
        double perRow = (double)Examples / (Rows * examples);
        List<TorchTensor> parts = [];
        try
        {
            foreach ((Score score, double weight) in terms)
            {
                switch (score.Kind)
                {
                    case ScoreKind.Entropy:
                        parts.Add(Call("mul.Scalar", Entropy, weight * perRow));
                        break;
                    case ScoreKind.EntropyNormalised:
                        parts.Add(Call("mul.Scalar", Entropy, weight * perRow / Math.Log(Math.Max(2, Prediction.ElementCount))));
                        break;
                    case ScoreKind.MarginalEntropy:
                        parts.Add(MarginalShare(weight * perRow, meanPrediction!));
                        break;
                    case ScoreKind.Infomax:
                        parts.Add(Call("mul.Scalar", Entropy, weight * perRow));
                        parts.Add(MarginalShare(-weight * perRow, meanPrediction!));
                        break;
                    default:
                        int index = scores.Select(each => each.Name).ToList().IndexOf(score.Name);
                        parts.Add(Call("mul.Scalar", Scores[index], weight * Examples / ((double)Counts[index] * examples)));
                        break;
                }
            }

            using TorchTensor stacked = Call("stack", parts.ToArray());
            return Call("sum", stacked);
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Entropy.Dispose();
        Prediction.Dispose();
        foreach (TorchTensor? score in Scores)
        {
            score?.Dispose();
        }
    }

    // ∂H(p̄) = −Σ (ln p̄ + 1) ∂p̄, and the ones cancel because probabilities sum to 1. So with p̄ known the share of a few rows is linear in
    // their probabilities, and no pass needs to wait for the others.
    private TorchTensor MarginalShare(double weight, IReadOnlyList<double> meanPrediction)
    {
        using TorchTensor host = TorchTensor.Wrap<double>(meanPrediction.Select(p => -weight * Math.Log(Math.Max(p, double.Epsilon))).ToArray(), [meanPrediction.Count]);
        using TorchTensor logs = TorchData.OnDeviceOf(Prediction, host);
        return Call("dot", Prediction, logs);
    }
}
