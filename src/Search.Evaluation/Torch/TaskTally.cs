using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch;

/// <summary>
/// Adds up one task's scores over passes, in float64: the same numbers as <see cref="PredictionScores"/>, by operators that derivatives can be
/// taken of. Sums stay on the device until <see cref="Read"/>.
/// </summary>
/// <param name="task">The task's name, for the result and for errors.</param>
/// <param name="scores">The scores asked for, beside those that are always given.</param>
/// <param name="nodes">The nodes whose values <see cref="TaskOutputs.Features"/> holds.</param>
/// <param name="blocked">How many examples will be added, to keep means over blocks of them too, or null to keep none.</param>
internal sealed class TaskTally(string task, IReadOnlyList<Score> scores, IReadOnlyList<string> nodes, int? blocked) : IDisposable
{
    private const int Fixed = 4; // entropy, correct, finite logits, impossible labels and tokens; then one sum a score

    private readonly List<TorchTensor> _sums = []; // one vector a pass
    private readonly List<TorchTensor> _predictions = []; // Σ p by class, one a pass
    private readonly List<TorchTensor> _examples = []; // where blocks are kept: scores, entropy, correct by example, one matrix a pass
    private readonly long[] _counts = new long[scores.Count];
    private long _rows;
    private long _logits;
    private long _labelled;
    private int _classes;

    /// <summary>Adds some of the task's examples.</summary>
    /// <param name="outputs">What the model gave for them.</param>
    /// <returns>Their sums, with derivatives; the caller disposes them.</returns>
    /// <exception cref="EvaluationException">The shapes do not fit what a score needs.</exception>
    public TallySums Add(TaskOutputs outputs)
    {
        long rows = Check(outputs);
        using TorchTensor flat = Call("reshape", outputs.Logits, new[] { rows, _classes });
        using TorchTensor logs = Call("log_softmax.int", flat, 1L, TorchType.Float64);
        using TorchTensor probabilities = Call("exp", logs);
        using TorchTensor products = Call("mul.Tensor", logs, probabilities);
        using TorchTensor negative = Call("sum.dim_IntList", products, new[] { 1L });
        using TorchTensor entropies = Call("neg", negative);
        TorchTensor?[] values = [.. scores.Select(score => Values(score, outputs, flat, logs))];
        var sums = new TallySums(
            Call("sum", entropies),
            Call("sum.dim_IntList", probabilities, new[] { 0L }),
            [.. values.Select(value => value is null ? null : Call("sum", value))],
            [.. scores.Select(score => Count(score, outputs, rows))],
            rows,
            outputs.Examples);
        using TorchTensor plain = Call("detach", flat);
        using TorchTensor correct = Correct(plain, outputs.Labels);
        Record(sums, plain, correct, outputs);
        if (blocked is not null)
        {
            _examples.Add(ByExample([.. values.Select(value => value ?? correct), entropies, correct], outputs.Examples));
        }

        Array.ForEach(values, value => value?.Dispose());
        _rows += rows;
        _logits += flat.ElementCount;
        _labelled += outputs.Labels is null ? 0 : rows;
        return sums;
    }

    /// <summary>The scores of several tasks: one transfer from the device.</summary>
    /// <param name="tallies">The tasks' tallies.</param>
    /// <returns>Means over all rows, one entry a task.</returns>
    /// <exception cref="EvaluationException">A logit is NaN or infinite, or a label or token is no class.</exception>
    public static TaskScores[] Read(IReadOnlyList<TaskTally> tallies)
    {
        TorchTensor[] totals = [.. tallies.Select(tally => tally.Total())];
        int[] lengths = [.. totals.Select(total => checked((int)total.ElementCount))];
        using TorchTensor all = Call("cat", totals);
        Array.ForEach(totals, total => total.Dispose());
        double[] numbers = TorchData.Doubles(all);
        return [.. tallies.Select((tally, i) => tally.Means(numbers.AsSpan(lengths[..i].Sum(), lengths[i])) with { Blocks = tally.Blocks() })];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _sums.ForEach(sum => sum.Dispose());
        _predictions.ForEach(sum => sum.Dispose());
        _examples.ForEach(values => values.Dispose());
    }

    // The sums over each example's rows: slots × examples.
    private static TorchTensor ByExample(TorchTensor[] values, long examples)
    {
        TorchTensor[] sums = [.. values.Select(value =>
        {
            using TorchTensor rows = Call("reshape", value, new[] { examples, -1L });
            return Call("sum.dim_IntList", rows, new[] { 1L });
        })];
        TorchTensor stacked = Call("stack", sums);
        Array.ForEach(sums, sum => sum.Dispose());
        return stacked;
    }

    private IReadOnlyDictionary<string, IReadOnlyList<double>> Blocks()
    {
        if (blocked is not { } examples)
        {
            return TaskScores.NoBlocks;
        }

        int slots = scores.Count + 2;
        using TorchTensor all = Call("cat", _examples.ToArray(), 1L);
        double[] sums = TorchData.Doubles(all);
        var blocks = new ScoreBlocks(examples, slots);
        for (int slot = 0; slot < slots; slot++)
        {
            // What a score has of each example; none for one that follows from others, or without labels.
            int each = slot < scores.Count ? scores[slot].Kind is ScoreKind.EntropyNormalised or ScoreKind.Infomax or ScoreKind.MarginalEntropy or ScoreKind.Entropy or ScoreKind.Accuracy ? 0 : (int)(_counts[slot] / examples)
                : slot == scores.Count || _labelled == _rows ? (int)(_rows / examples) : 0;
            for (int example = 0; each > 0 && example < examples; example++)
            {
                blocks.Add(slot, example, sums[(slot * examples) + example], each);
            }
        }

        return PredictionScores.BlocksOf(blocks, scores, _classes);
    }

    private TorchTensor Total()
    {
        using TorchTensor stacked = Call("stack", _sums.ToArray());
        using TorchTensor total = Call("sum.dim_IntList", stacked, new[] { 0L });
        using TorchTensor predictions = Call("stack", _predictions.ToArray());
        using TorchTensor sum = Call("sum.dim_IntList", predictions, new[] { 0L });
        return Call("cat", new[] { total, sum });
    }

    private TaskScores Means(ReadOnlySpan<double> numbers)
    {
        if (numbers[2] != _logits)
        {
            throw new EvaluationException($"Task '{task}': {_logits - (long)numbers[2]} of {_logits} logits are NaN or infinite.");
        }

        if (numbers[3] != 0)
        {
            throw new EvaluationException($"Task '{task}': {numbers[3]} labels or tokens are no class of a model with {_classes} classes.");
        }

        double entropy = Math.Max(0, numbers[0] / _rows);
        double[] prediction = Array.ConvertAll(numbers[(Fixed + scores.Count)..].ToArray(), value => value / _rows);
        double marginal = -prediction.Sum(p => p > 0 ? p * Math.Log(p) : 0);
        var values = new Dictionary<string, double>(StringComparer.Ordinal) { [PredictionScores.Entropy] = entropy, [PredictionScores.MarginalEntropy] = marginal };
        if (_labelled == _rows)
        {
            values[PredictionScores.Accuracy] = numbers[1] / _rows;
        }

        foreach ((int index, Score score) in scores.Index())
        {
            switch (score.Kind)
            {
                case ScoreKind.Entropy or ScoreKind.MarginalEntropy or ScoreKind.Accuracy:
                    break;
                case ScoreKind.EntropyNormalised:
                    values[score.Name] = _classes == 1 ? 0 : entropy / Math.Log(_classes);
                    break;
                case ScoreKind.Infomax:
                    values[score.Name] = entropy - marginal;
                    break;
                default:
                    values[score.Name] = numbers[Fixed + index] / _counts[index];
                    break;
            }

            if (score.Kind == ScoreKind.NextToken)
            {
                values[score.PerplexityName] = Math.Exp(values[score.Name]);
            }
        }

        return new TaskScores(task, values, (int)_rows, _sums.Count) { MeanPrediction = prediction };
    }

    private long Check(TaskOutputs outputs)
    {
        long[] shape = outputs.Logits.Sizes;
        int classes = shape.Length < 2 ? 0 : (int)shape[^1];
        long rows = classes == 0 ? 0 : outputs.Logits.ElementCount / classes;
        if (rows == 0 || rows % outputs.Examples != 0 || (outputs.Labels is { } labels && labels.ElementCount != rows))
        {
            string given = outputs.Labels is null ? "" : $" and {outputs.Labels.ElementCount} labels";
            throw new EvaluationException($"Task '{task}': the output has the shape [{string.Join(", ", shape)}] for a batch of {outputs.Examples} examples{given}; rows × classes are expected.");
        }

        foreach ((int index, TorchTensor feature) in outputs.Features.Index())
        {
            if (feature.Sizes is not [long first, ..] || first % outputs.Examples != 0)
            {
                throw new EvaluationException($"Task '{task}': node '{nodes[index]}' has the shape [{string.Join(", ", feature.Shape)}] for a batch of {outputs.Examples} examples; its first axis must be the examples, or they with others folded in.");
            }
        }

        if (outputs.Labels is null && scores.Any(score => score.Kind == ScoreKind.CrossEntropy))
        {
            throw new EvaluationException($"Task '{task}' has no labels, and cross_entropy needs them.");
        }

        if (scores.Any(score => score.Kind == ScoreKind.NextToken) && (shape.Length < 3 || shape[1] < 2 || outputs.Tokens?.ElementCount != rows))
        {
            throw new EvaluationException($"Task '{task}': next_token needs at least two tokens an example and a row of logits for each, got {outputs.Tokens?.ElementCount ?? 0} tokens for {rows} rows.");
        }

        _classes = classes;
        return rows;
    }

    private void Record(TallySums sums, TorchTensor logits, TorchTensor hits, TaskOutputs outputs)
    {
        using TorchTensor entropy = Call("detach", sums.Entropy);
        using TorchTensor finite = Call("isfinite", logits);
        using TorchTensor finiteCount = Call("sum", finite, TorchType.Float64);
        using TorchTensor correct = Call("sum", hits);
        using TorchTensor impossible = Impossible(outputs, entropy);
        TorchTensor[] values = [.. sums.Scores.Select(sum => sum is null ? Call("zeros_like", entropy) : Call("detach", sum))];
        _sums.Add(Call("stack", new[] { entropy, correct, finiteCount, impossible }.Concat(values).ToArray()));
        Array.ForEach(values, value => value.Dispose());
        _predictions.Add(Call("detach", sums.Prediction));
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += sums.Counts[i];
        }
    }

    private static TorchTensor Correct(TorchTensor logits, TorchTensor? labels)
    {
        using TorchTensor highest = Call("argmax", logits, 1L);
        using TorchTensor same = labels is null ? Call("zeros_like", highest) : Call("eq.Tensor", highest, labels);
        return Call("to.dtype", same, TorchType.Float64);
    }

    private TorchTensor Impossible(TaskOutputs outputs, TorchTensor zero)
    {
        TorchTensor[] indices = [.. new[] { outputs.Labels, outputs.Tokens }.OfType<TorchTensor>()];
        if (indices.Length == 0)
        {
            return Call("zeros_like", zero);
        }

        TorchTensor[] counts = [.. indices.Select(each =>
        {
            using TorchTensor low = Call("lt.Scalar", each, 0L);
            using TorchTensor high = Call("ge.Scalar", each, (long)_classes);
            using TorchTensor wrong = Call("logical_or", low, high);
            return Call("sum", wrong, TorchType.Float64);
        })];
        using TorchTensor stacked = Call("stack", counts);
        Array.ForEach(counts, count => count.Dispose());
        return Call("sum", stacked);
    }

    // One value a row, token or example, or null for a score that follows from entropy and mean prediction.
    private TorchTensor? Values(Score score, TaskOutputs outputs, TorchTensor logits, TorchTensor logs)
    {
        switch (score.Kind)
        {
            case ScoreKind.Kl:
                return Divergence(outputs.ExpertLogits!, logits, score.Temperature);
            case ScoreKind.PseudoLabel:
                using (TorchTensor expert = Call("reshape", outputs.ExpertLogits, logits.Sizes))
                using (TorchTensor top = Call("argmax", expert, 1L))
                {
                    return NegativeLogLikelihood(logs, top);
                }

            case ScoreKind.CrossEntropy:
                using (TorchTensor labels = Call("reshape", outputs.Labels, new[] { -1L }))
                {
                    return NegativeLogLikelihood(logs, labels);
                }

            case ScoreKind.NextToken:
                return NextToken(outputs, logs);
            case ScoreKind.FeatureL1 or ScoreKind.FeatureL2 or ScoreKind.FeatureCosine:
                int node = nodes.ToList().IndexOf(score.Node!);
                return Distance(score.Kind, outputs.Features[node], outputs.ExpertFeatures[node], outputs.Examples);
            default:
                return null;
        }
    }

    private static long Count(Score score, TaskOutputs outputs, long rows) =>
        score.IsFeature ? outputs.Examples : score.Kind == ScoreKind.NextToken ? rows - outputs.Examples : rows;

    // Of each row T² Σ p (ln p − ln q), p the expert's and q the merged model's.
    private static TorchTensor Divergence(TorchTensor expertLogits, TorchTensor logits, double temperature)
    {
        using TorchTensor expert = Call("reshape", expertLogits, logits.Sizes);
        using TorchTensor p = Tempered(expert, temperature);
        using TorchTensor q = Tempered(logits, temperature);
        using TorchTensor probabilities = Call("exp", p);
        using TorchTensor difference = Call("sub.Tensor", p, q);
        using TorchTensor products = Call("mul.Tensor", probabilities, difference);
        using TorchTensor sums = Call("sum.dim_IntList", products, new[] { 1L });
        return Call("mul.Scalar", sums, temperature * temperature);
    }

    private static TorchTensor Tempered(TorchTensor logits, double temperature)
    {
        using TorchTensor wide = Call("to.dtype", logits, TorchType.Float64);
        using TorchTensor scaled = Call("div.Scalar", wide, temperature);
        return Call("log_softmax.int", scaled, 1L);
    }

    // Classes that are none are counted elsewhere; here they only must not stop the pass.
    private TorchTensor NegativeLogLikelihood(TorchTensor logs, TorchTensor classes)
    {
        using TorchTensor possible = Call("clamp", classes, 0L, (long)(_classes - 1));
        using TorchTensor column = Call("unsqueeze", possible, 1L);
        using TorchTensor chosen = Call("gather", logs, 1L, column);
        return Call("neg", chosen);
    }

    private TorchTensor NextToken(TaskOutputs outputs, TorchTensor logs)
    {
        long examples = outputs.Examples;
        using TorchTensor tokens = Call("reshape", outputs.Tokens, new[] { examples, -1L });
        long length = tokens.Sizes[1];
        using TorchTensor next = Call("narrow", tokens, 1L, 1L, length - 1);
        using TorchTensor targets = Call("reshape", next, new[] { -1L });
        using TorchTensor all = Call("reshape", logs, new[] { examples, length, _classes });
        using TorchTensor before = Call("narrow", all, 1L, 0L, length - 1);
        using TorchTensor rows = Call("reshape", before, new[] { -1L, _classes });
        return NegativeLogLikelihood(rows, targets);
    }

    private static TorchTensor Distance(ScoreKind kind, TorchTensor merged, TorchTensor expert, long examples)
    {
        long[] shape = [examples, -1];
        using TorchTensor flat = Call("reshape", merged, shape);
        using TorchTensor other = Call("reshape", expert, shape);
        using TorchTensor a = Call("to.dtype", flat, TorchType.Float64);
        using TorchTensor b = Call("to.dtype", other, TorchType.Float64);
        if (kind == ScoreKind.FeatureCosine)
        {
            using TorchTensor cosines = Call("cosine_similarity", a, b, 1L, 1e-12);
            return Call("rsub.Scalar", cosines, 1.0);
        }

        using TorchTensor difference = Call("sub.Tensor", a, b);
        using TorchTensor size = Call(kind == ScoreKind.FeatureL1 ? "abs" : "square", difference);
        using TorchTensor sums = Call("sum.dim_IntList", size, new[] { 1L });
        return Call("div.Scalar", sums, (double)a.Sizes[1]);
    }
}
