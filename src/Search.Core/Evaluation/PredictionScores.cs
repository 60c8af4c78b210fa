using System.Numerics.Tensors;

namespace Search.Evaluation;

/// <summary>
/// Turns a task's outputs into scores, batch by batch, in doubles: always <c>entropy</c> and <c>marginal_entropy</c>, <c>accuracy</c>
/// where labels are known, and the scores asked for. Not thread-safe.
/// </summary>
public sealed class PredictionScores
{
    /// <summary>The name of the mean prediction entropy.</summary>
    public const string Entropy = "entropy";

    /// <summary>The name of the entropy of the mean prediction.</summary>
    public const string MarginalEntropy = "marginal_entropy";

    /// <summary>The name of the fraction of examples whose largest logit is the label's.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>The name of <see cref="ScoreKind.Infomax"/>.</summary>
    internal const string Infomax = "infomax";

    /// <summary>What the names of exponentials of <see cref="ScoreKind.NextToken"/> begin with.</summary>
    internal const string Perplexity = "perplexity";

    // Rows are worked on a block at a time, so that memory does not grow with a vocabulary times a batch.
    private const int BlockElements = 1 << 16;

    private readonly string _task;
    private readonly IReadOnlyList<Score> _scores;
    private readonly double[] _sums;
    private readonly long[] _counts;
    private readonly ScoreBlocks? _blocks; // of the scores asked for, then entropy, then accuracy
    private readonly SoftmaxRows _merged = new();
    private readonly SoftmaxRows _tempered = new();
    private readonly SoftmaxRows _expert = new();
    private double[] _probabilities = [];
    private double[] _features = [];
    private double _entropySum;
    private int _correct;
    private int _labelled;
    private int _examples;
    private int _rowsAnExample = 1;
    private int _batches;

    /// <summary>Starts with nothing.</summary>
    /// <param name="task">The task's name, for the result and for errors.</param>
    /// <param name="scores">The scores asked for, beside those that are always given.</param>
    public PredictionScores(string task, params IReadOnlyList<Score> scores)
        : this(task, null, scores)
    {
    }

    /// <summary>Starts with nothing, to keep means over blocks of examples too.</summary>
    /// <param name="task">The task's name, for the result and for errors.</param>
    /// <param name="examples">How many examples will be added, or null to keep no such means.</param>
    /// <param name="scores">The scores asked for, beside those that are always given.</param>
    public PredictionScores(string task, int? examples, IReadOnlyList<Score> scores)
    {
        _task = task;
        _scores = scores;
        _blocks = examples is { } count ? new ScoreBlocks(count, scores.Count + 2) : null;
        _sums = new double[scores.Count];
        _counts = new long[scores.Count];
    }

    /// <summary>How many rows were added.</summary>
    public int Examples => _examples;

    /// <summary>Adds a batch for scores that compare with nothing.</summary>
    /// <param name="logits">rows × classes elements, row-major; where the engine's logits have more axes, all but the last are rows.</param>
    /// <param name="classes">How many classes a row has, at least 1.</param>
    /// <param name="labels">One class a row, or empty when the labels are unknown.</param>
    public void Add(ReadOnlySpan<float> logits, int classes, ReadOnlySpan<int> labels) =>
        Add(new PredictionBatch { Logits = logits, Classes = classes, Labels = labels });

    /// <summary>Adds a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <exception cref="ArgumentException">The lengths do not fit one another, or something a score needs is not there.</exception>
    /// <exception cref="EvaluationException">A logit is NaN or infinite, a label or token is no class, or labels are missing.</exception>
    public void Add(in PredictionBatch batch)
    {
        int rows = Check(batch);
        if (_probabilities.Length == 0)
        {
            _probabilities = new double[batch.Classes];
        }

        if (batch.Examples > 0)
        {
            _rowsAnExample = rows / batch.Examples;
        }

        double entropy = 0;
        int block = Math.Max(1, BlockElements / batch.Classes);
        for (int first = 0; first < rows; first += block)
        {
            int count = Math.Min(block, rows - first);
            _merged.Set(batch.Logits.Slice(first * batch.Classes, count * batch.Classes), batch.Classes, temperature: 1);
            for (int row = 0; row < count; row++)
            {
                Tally(_scores.Count, first + row, _merged.Entropy(row), ref entropy);
                _merged.AddProbabilities(row, _probabilities);
            }

            for (int score = 0; score < _scores.Count; score++)
            {
                AddScore(score, batch, first, count);
            }
        }

        _entropySum += entropy;
        for (int row = 0; row < batch.Labels.Length; row++)
        {
            bool correct = Top(batch.Logits, batch.Classes, row) == batch.Labels[row];
            _correct += correct ? 1 : 0;
            _blocks?.Add(_scores.Count + 1, ExampleOf(row), correct ? 1 : 0);
        }

        _labelled += batch.Labels.Length;
        _examples += rows;
        _batches++;
    }

    /// <summary>Adds a batch's values of a node for every score that compares them.</summary>
    /// <param name="node">The node.</param>
    /// <param name="merged">The candidate's values, examples × elements, row-major.</param>
    /// <param name="expert">The expert's, as many.</param>
    /// <param name="examples">How many examples.</param>
    /// <exception cref="ArgumentException">The lengths do not fit one another.</exception>
    public void AddFeature(string node, ReadOnlySpan<float> merged, ReadOnlySpan<float> expert, int examples)
    {
        int size = merged.Length / examples;
        if (size == 0 || size * examples != merged.Length || expert.Length != merged.Length)
        {
            throw new ArgumentException($"'{node}' has {merged.Length} values for {examples} examples, and the expert has {expert.Length}.", nameof(merged));
        }

        if (_features.Length < 2 * size)
        {
            _features = new double[2 * size];
        }

        Span<double> a = _features.AsSpan(0, size);
        Span<double> b = _features.AsSpan(size, size);
        for (int example = 0; example < examples; example++)
        {
            TensorPrimitives.ConvertChecked(merged.Slice(example * size, size), a);
            TensorPrimitives.ConvertChecked(expert.Slice(example * size, size), b);
            for (int score = 0; score < _scores.Count; score++)
            {
                if (_scores[score].IsFeature && _scores[score].Node == node)
                {
                    double distance = FeatureDistance.Measure(_scores[score].Kind, a, b);
                    _sums[score] += distance;
                    _blocks?.Add(score, (int)_counts[score], distance);
                    _counts[score]++;
                }
            }
        }
    }

    /// <summary>The scores so far.</summary>
    /// <returns>The means over all rows; accuracy only when every row had a label.</returns>
    /// <exception cref="InvalidOperationException">Nothing was added, or nothing of what a score needs.</exception>
    public TaskScores ToTaskScores()
    {
        if (_examples == 0)
        {
            throw new InvalidOperationException($"Task '{_task}' has no examples to score.");
        }

        double[] prediction = [.. _probabilities.Select(sum => sum / _examples)];
        double entropy = _entropySum / _examples;
        double marginal = EntropyOf(prediction);
        Dictionary<string, double> scores = new(StringComparer.Ordinal) { [Entropy] = entropy, [MarginalEntropy] = marginal };
        if (_labelled == _examples)
        {
            scores[Accuracy] = (double)_correct / _examples;
        }

        for (int i = 0; i < _scores.Count; i++)
        {
            Score score = _scores[i];
            switch (score.Kind)
            {
                case ScoreKind.Entropy or ScoreKind.MarginalEntropy or ScoreKind.Accuracy:
                    break;
                case ScoreKind.EntropyNormalised:
                    scores[score.Name] = prediction.Length == 1 ? 0 : entropy / Math.Log(prediction.Length);
                    break;
                case ScoreKind.Infomax:
                    scores[score.Name] = entropy - marginal;
                    break;
                default:
                    scores[score.Name] = _counts[i] > 0 ? _sums[i] / _counts[i] : throw new InvalidOperationException($"Task '{_task}' was given nothing to compute {score.Name} from.");
                    break;
            }

            if (score.Kind == ScoreKind.NextToken)
            {
                scores[score.PerplexityName] = Math.Exp(scores[score.Name]);
            }
        }

        return new TaskScores(_task, scores, _examples, _batches)
        {
            MeanPrediction = prediction,
            Blocks = _blocks is null ? TaskScores.NoBlocks : BlocksOf(_blocks, _scores, prediction.Length),
        };
    }

    /// <summary>−Σ p ln p.</summary>
    /// <param name="prediction">The probabilities.</param>
    internal static double EntropyOf(IEnumerable<double> prediction) => -prediction.Sum(p => p > 0 ? p * Math.Log(p) : 0);

    /// <summary>The means over blocks, by the names of scores that are means over rows or examples.</summary>
    /// <param name="blocks">Of the scores asked for, then entropy, then accuracy.</param>
    /// <param name="scores">The scores asked for.</param>
    /// <param name="classes">How many classes there are.</param>
    internal static Dictionary<string, IReadOnlyList<double>> BlocksOf(ScoreBlocks blocks, IReadOnlyList<Score> scores, int classes)
    {
        var named = new Dictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal) { [Entropy] = blocks.Means(scores.Count), [Accuracy] = blocks.Means(scores.Count + 1) };
        foreach ((int index, Score score) in scores.Index())
        {
            named[score.Name] = score.Kind switch
            {
                ScoreKind.Entropy or ScoreKind.Accuracy => named[score.Name],
                ScoreKind.EntropyNormalised => [.. named[Entropy].Select(entropy => classes == 1 ? 0 : entropy / Math.Log(classes))],
                _ => blocks.Means(index),
            };
        }

        return named.Where(score => score.Value.Count > 0).ToDictionary(StringComparer.Ordinal);
    }

    private int ExampleOf(int row) => (_examples + row) / _rowsAnExample;

    private void Tally(int slot, int row, double value, ref double sum)
    {
        sum += value;
        _blocks?.Add(slot, ExampleOf(row), value);
    }

    private static int Top(ReadOnlySpan<float> logits, int classes, int row)
    {
        ReadOnlySpan<float> values = logits.Slice(row * classes, classes);
        return values.IndexOf(TensorPrimitives.Max(values));
    }

    // Rows first … first + count of the batch are the rows that _merged holds.
    private void AddScore(int index, in PredictionBatch batch, int first, int count)
    {
        Score score = _scores[index];
        double sum = 0;
        int added = count;
        switch (score.Kind)
        {
            case ScoreKind.Kl:
                SoftmaxRows merged = _merged;
                if (score.Temperature != 1)
                {
                    merged = _tempered;
                    merged.Set(batch.Logits.Slice(first * batch.Classes, count * batch.Classes), batch.Classes, score.Temperature);
                }

                _expert.Set(batch.ExpertLogits.Slice(first * batch.Classes, count * batch.Classes), batch.Classes, score.Temperature);
                for (int row = 0; row < count; row++)
                {
                    Tally(index, first + row, score.Temperature * score.Temperature * _expert.Divergence(row, merged), ref sum);
                }

                break;
            case ScoreKind.PseudoLabel:
                for (int row = 0; row < count; row++)
                {
                    Tally(index, first + row, -_merged.LogProbability(row, Top(batch.ExpertLogits, batch.Classes, first + row)), ref sum);
                }

                break;
            case ScoreKind.CrossEntropy:
                for (int row = 0; row < count; row++)
                {
                    Tally(index, first + row, -_merged.LogProbability(row, batch.Labels[first + row]), ref sum);
                }

                break;
            case ScoreKind.NextToken:
                added = 0;
                for (int row = 0; row < count; row++)
                {
                    // Nothing follows an example's last token.
                    if ((first + row + 1) % batch.SequenceLength != 0)
                    {
                        Tally(index, first + row, -_merged.LogProbability(row, batch.Tokens[first + row + 1]), ref sum);
                        added++;
                    }
                }

                break;
            default:
                return;
        }

        _sums[index] += sum;
        _counts[index] += added;
    }

    // Everything that can be wrong is found before anything is added.
    private int Check(in PredictionBatch batch)
    {
        int classes = batch.Classes;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        int rows = batch.Logits.Length / classes;
        if (rows * classes != batch.Logits.Length)
        {
            throw new ArgumentException($"{batch.Logits.Length} logits are no whole number of rows of {classes} classes.", nameof(batch));
        }

        if (_probabilities.Length > 0 && _probabilities.Length != classes)
        {
            throw new ArgumentException($"Batches before had {_probabilities.Length} classes, this one has {classes}.", nameof(batch));
        }

        if (!batch.Labels.IsEmpty && batch.Labels.Length != rows)
        {
            throw new ArgumentException($"{batch.Labels.Length} labels were given for {rows} rows of logits.", nameof(batch));
        }

        if (_scores.Any(score => score is { NeedsExpert: true, IsFeature: false }) && batch.ExpertLogits.Length != batch.Logits.Length)
        {
            throw new ArgumentException($"The expert has {batch.ExpertLogits.Length} logits, the candidate {batch.Logits.Length}.", nameof(batch));
        }

        RefuseNonFinite(batch.Logits, classes);
        RefuseOutOfRange("label", batch.Labels, classes);
        if (batch.Labels.IsEmpty && _scores.Any(score => score.Kind == ScoreKind.CrossEntropy))
        {
            throw new EvaluationException($"Task '{_task}' has no labels, and cross_entropy needs them.");
        }

        if (_scores.Any(score => score.Kind == ScoreKind.NextToken))
        {
            if (batch.SequenceLength < 2 || batch.Tokens.Length != rows || rows % batch.SequenceLength != 0)
            {
                throw new EvaluationException($"Task '{_task}': next_token needs at least two tokens an example and a row of logits for each, got {batch.Tokens.Length} tokens, {batch.SequenceLength} an example, for {rows} rows.");
            }

            RefuseOutOfRange("token", batch.Tokens, classes);
        }

        return rows;
    }

    private void RefuseOutOfRange(string what, ReadOnlySpan<int> values, int classes)
    {
        for (int row = 0; row < values.Length; row++)
        {
            if ((uint)values[row] >= (uint)classes)
            {
                throw new EvaluationException($"Task '{_task}', example {_examples + row}: {what} {values[row]} is no class of a model with {classes} classes.");
            }
        }
    }

    private void RefuseNonFinite(ReadOnlySpan<float> logits, int classes)
    {
        if (TensorPrimitives.IsFiniteAll(logits))
        {
            return;
        }

        int index = 0;
        while (float.IsFinite(logits[index]))
        {
            index++;
        }

        throw new EvaluationException($"Task '{_task}', example {_examples + (index / classes)}: logit {index % classes} is {logits[index]}.");
    }
}
