namespace Search.Evaluation;

/// <summary>A batch's outputs and what they are compared with.</summary>
public readonly ref struct PredictionBatch
{
    /// <summary>rows × classes elements, row-major; where the engine's logits have more axes, all but the last are rows.</summary>
    public required ReadOnlySpan<float> Logits { get; init; }

    /// <summary>How many classes a row has, at least 1.</summary>
    public required int Classes { get; init; }

    /// <summary>One class a row, or empty when the labels are unknown.</summary>
    public ReadOnlySpan<int> Labels { get; init; }

    /// <summary>The task's expert's logits on the same batch, finite; needed by scores that compare with them.</summary>
    public ReadOnlySpan<float> ExpertLogits { get; init; }

    /// <summary>One token a row; needed by <see cref="ScoreKind.NextToken"/>.</summary>
    public ReadOnlySpan<int> Tokens { get; init; }

    /// <summary>How many examples the rows are of; 0 for one a row.</summary>
    public int Examples { get; init; }

    /// <summary>How many tokens an example has.</summary>
    public int SequenceLength { get; init; }
}
