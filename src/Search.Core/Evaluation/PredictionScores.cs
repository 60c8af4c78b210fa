using System.Numerics.Tensors;

namespace Search.Evaluation;

/// <summary>
/// Turns a task's logits into scores, batch by batch: <c>entropy</c>, the mean entropy of the predicted distribution in nats (AdaMerging,
/// arXiv:2310.02575, eq. 5), and <c>accuracy</c> where labels are known. Not thread-safe.
/// </summary>
/// <param name="task">The task's name, for the result and for errors.</param>
public sealed class PredictionScores(string task)
{
    /// <summary>The name of the mean prediction entropy.</summary>
    public const string Entropy = "entropy";

    /// <summary>The name of the entropy of the mean prediction.</summary>
    public const string MarginalEntropy = "marginal_entropy";

    /// <summary>The name of the fraction of examples whose largest logit is the label's.</summary>
    public const string Accuracy = "accuracy";

    private double[] _shifted = [];
    private double[] _exponentials = [];
    private double _entropySum;
    private int _correct;
    private int _labelled;
    private int _examples;
    private int _batches;

    /// <summary>How many rows were added.</summary>
    public int Examples => _examples;

    /// <summary>Adds a batch.</summary>
    /// <param name="logits">rows × classes elements, row-major; where the engine's logits have more axes, all but the last are rows.</param>
    /// <param name="classes">How many classes a row has, at least 1.</param>
    /// <param name="labels">One class a row, or empty when the labels are unknown.</param>
    /// <exception cref="ArgumentException">The lengths do not fit one another.</exception>
    /// <exception cref="EvaluationException">A logit is NaN or infinite, or a label is no class.</exception>
    public void Add(ReadOnlySpan<float> logits, int classes, ReadOnlySpan<int> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        int rows = logits.Length / classes;
        if (rows * classes != logits.Length)
        {
            throw new ArgumentException($"{logits.Length} logits are no whole number of rows of {classes} classes.", nameof(logits));
        }

        if (!labels.IsEmpty && labels.Length != rows)
        {
            throw new ArgumentException($"{labels.Length} labels were given for {rows} rows of logits.", nameof(labels));
        }

        RefuseNonFinite(logits, classes);
        double entropy = EntropySum(logits, rows, classes);
        int correct = labels.IsEmpty ? 0 : CountCorrect(logits, classes, labels);

        _entropySum += entropy;
        _correct += correct;
        _labelled += labels.Length;
        _examples += rows;
        _batches++;
    }

    /// <summary>The scores so far.</summary>
    /// <returns>The means over all rows; accuracy only when every row had a label.</returns>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public TaskScores ToTaskScores()
    {
        if (_examples == 0)
        {
            throw new InvalidOperationException($"Task '{task}' has no examples to score.");
        }

        Dictionary<string, double> scores = new(StringComparer.Ordinal) { [Entropy] = _entropySum / _examples };
        if (_labelled == _examples)
        {
            scores[Accuracy] = (double)_correct / _examples;
        }

        return new TaskScores(task, scores, _examples, _batches);
    }

    // With z = x − max x and S = Σ exp z: H = −Σ p log p = log S − Σ z exp z / S. No term overflows, S ≥ 1, and both parts of H are ≥ 0.
    private double EntropySum(ReadOnlySpan<float> logits, int rows, int classes)
    {
        if (_shifted.Length < logits.Length)
        {
            _shifted = new double[logits.Length];
            _exponentials = new double[logits.Length];
        }

        Span<double> shifted = _shifted.AsSpan(0, logits.Length);
        Span<double> exponentials = _exponentials.AsSpan(0, logits.Length);
        TensorPrimitives.ConvertChecked<float, double>(logits, shifted);
        for (int row = 0; row < rows; row++)
        {
            Span<double> z = shifted.Slice(row * classes, classes);
            TensorPrimitives.Subtract(z, TensorPrimitives.Max<double>(z), z);
        }

        TensorPrimitives.Exp<double>(shifted, exponentials);
        double total = 0;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> z = shifted.Slice(row * classes, classes);
            ReadOnlySpan<double> exp = exponentials.Slice(row * classes, classes);
            double sum = TensorPrimitives.Sum(exp);
            total += Math.Log(sum) - (TensorPrimitives.Dot(z, exp) / sum);
        }

        return total;
    }

    private int CountCorrect(ReadOnlySpan<float> logits, int classes, ReadOnlySpan<int> labels)
    {
        int correct = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            if ((uint)labels[row] >= (uint)classes)
            {
                throw new EvaluationException($"Task '{task}', example {_examples + row}: label {labels[row]} is no class of a model with {classes} classes.");
            }

            ReadOnlySpan<float> values = logits.Slice(row * classes, classes);
            correct += values.IndexOf(TensorPrimitives.Max(values)) == labels[row] ? 1 : 0;
        }

        return correct;
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

        throw new EvaluationException($"Task '{task}', example {_examples + (index / classes)}: logit {index % classes} is {logits[index]}.");
    }
}
