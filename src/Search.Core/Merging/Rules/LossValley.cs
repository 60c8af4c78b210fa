using Search.Yaml;

namespace Search.Merging.Rules;

/// <summary>
/// SWAD (Cha et al. 2021, arXiv:2102.08604): the mean of a training run's checkpoints, which the experts are in their order, within the
/// valley of their validation losses. It begins at the first loss that is the least of those from it on, and ends before the first whose next ones
/// are all above a multiple of the mean at the beginning, or with the last. The authors' published class counts what it begins with twice; this does not.
/// </summary>
/// <param name="Losses">Expert to its validation loss.</param>
/// <param name="Start">How many losses, the first included, show that the valley is reached.</param>
/// <param name="End">How many losses show that it is left.</param>
/// <param name="Ratio">The multiple of the mean of the first ones above which it is left.</param>
public sealed record LossValley(IReadOnlyList<KeyValuePair<string, double>> Losses, int Start, int End, double Ratio) : StatedRule("swad")
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("losses", YamlText.Numbers(Losses)), ("start", Start), ("end", End), ("ratio", YamlText.Number(Ratio))];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(int experts)
    {
        double[] losses = [.. Losses.Select(loss => loss.Value)];
        int first = Enumerable.Range(0, Math.Max(0, experts - Start + 1)).FirstOrDefault(i => losses.AsSpan(i, Start).ToArray().Min() == losses[i], -1);
        if (first < 0)
        {
            throw new MergeException($"rule swad: no loss is the least of {Start} from it on, so that there is no valley among {experts} experts.");
        }

        double threshold = Ratio * losses.AsSpan(first, Start).ToArray().Average();
        int end = Enumerable.Range(first, experts - first).FirstOrDefault(i => i + End <= experts && losses.AsSpan(i, End).ToArray().Min() > threshold, experts);
        return [.. Enumerable.Range(0, experts).Select(k => k >= first && k < end ? 1.0 / (end - first) : 0)];
    }
}
