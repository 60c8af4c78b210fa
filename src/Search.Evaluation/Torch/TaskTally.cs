using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Adds up one task's scores over passes. Everything stays on the device, in float64, until <see cref="Read"/>.</summary>
/// <param name="task">The task's name, for the result and for errors.</param>
internal sealed class TaskTally(string task) : IDisposable
{
    private readonly List<TorchTensor> _sums = []; // per pass: entropy, correct, finite logits
    private readonly List<TorchTensor> _predictions = []; // per pass: Σ p by class
    private long _rows;
    private long _logits;
    private int _labelled;
    private int _classes;

    /// <summary>Adds some of the task's examples.</summary>
    /// <param name="logits">The logits; the last axis is the classes, all others are rows.</param>
    /// <param name="labels">One class a row, or null.</param>
    /// <returns>The sum over rows of the entropy in nats, a scalar that derivatives can be taken of; the caller disposes it.</returns>
    public TorchTensor Add(TorchTensor logits, TorchTensor? labels)
    {
        _classes = (int)logits.Sizes[^1];
        long rows = logits.ElementCount / _classes;
        using TorchTensor flat = TorchLibrary.Call("reshape", logits, new[] { rows, _classes });
        using TorchTensor logs = TorchLibrary.Call("log_softmax.int", flat, 1L, TorchType.Float64);
        using TorchTensor probabilities = TorchLibrary.Call("exp", logs);
        using TorchTensor products = TorchLibrary.Call("mul.Tensor", logs, probabilities);
        using TorchTensor negative = TorchLibrary.Call("sum", products);
        TorchTensor entropy = TorchLibrary.Call("neg", negative);

        using TorchTensor plain = TorchLibrary.Call("detach", flat);
        using TorchTensor finite = TorchLibrary.Call("isfinite", plain);
        using TorchTensor finiteCount = TorchLibrary.Call("sum", finite, TorchType.Float64);
        using TorchTensor correct = Correct(plain, labels);
        using TorchTensor value = TorchLibrary.Call("detach", entropy);
        _sums.Add(TorchLibrary.Call("stack", new[] { value, correct, finiteCount }));
        using TorchTensor detached = TorchLibrary.Call("detach", probabilities);
        _predictions.Add(TorchLibrary.Call("sum.dim_IntList", detached, new[] { 0L }));
        _rows += rows;
        _logits += logits.ElementCount;
        _labelled += labels is null ? 0 : (int)rows;
        return entropy;
    }

    /// <summary>The scores: one transfer from the device.</summary>
    /// <returns>Means over all rows.</returns>
    /// <exception cref="EvaluationException">A logit is NaN or infinite.</exception>
    public TaskScores Read()
    {
        using TorchTensor stacked = TorchLibrary.Call("stack", _sums.ToArray());
        using TorchTensor total = TorchLibrary.Call("sum.dim_IntList", stacked, new[] { 0L });
        using TorchTensor predictions = TorchLibrary.Call("stack", _predictions.ToArray());
        using TorchTensor mean = TorchLibrary.Call("sum.dim_IntList", predictions, new[] { 0L });
        using TorchTensor all = TorchLibrary.Call("cat", new[] { total, mean });
        double[] numbers = TorchData.Doubles(all);
        if (numbers[2] != _logits)
        {
            throw new EvaluationException($"Task '{task}': {_logits - (long)numbers[2]} of {_logits} logits are NaN or infinite.");
        }

        var scores = new Dictionary<string, double>(StringComparer.Ordinal) { [PredictionScores.Entropy] = Math.Max(0, numbers[0] / _rows) };
        if (_labelled == _rows)
        {
            scores[PredictionScores.Accuracy] = numbers[1] / _rows;
        }

        return new TaskScores(task, scores, (int)_rows, _sums.Count);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _sums.ForEach(sum => sum.Dispose());
        _predictions.ForEach(sum => sum.Dispose());
    }

    private static TorchTensor Correct(TorchTensor logits, TorchTensor? labels)
    {
        if (labels is null)
        {
            return TorchLibrary.Call("zeros", Array.Empty<long>(), TorchType.Float64, TorchArgument.None, TorchArgument.Device(logits.Cuda < 0 ? "cpu" : $"cuda:{logits.Cuda}"));
        }

        using TorchTensor highest = TorchLibrary.Call("argmax", logits, 1L);
        using TorchTensor same = TorchLibrary.Call("eq.Tensor", highest, labels);
        return TorchLibrary.Call("sum", same, TorchType.Float64);
    }
}
