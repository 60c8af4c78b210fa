namespace Search.Storage;

/// <summary>What one number of a candidate's coefficient vector stands for.</summary>
public sealed record CoefficientRow
{
    /// <summary>The position in the vector, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The coefficient's name in the search space.</summary>
    public required string Name { get; init; }

    /// <summary>The expert it weighs; null for an operator's setting.</summary>
    public string? Expert { get; init; }

    /// <summary>The block, tensor, kind, group or knot it belongs to; null where it applies to the whole model.</summary>
    public string? Block { get; init; }

    /// <summary>The tensors it applies to.</summary>
    public required IReadOnlyList<string> Tensors { get; init; }

    /// <summary>The first element of the first tensor that it applies to; null for an operator's setting.</summary>
    public long? Start { get; init; }

    /// <summary>To how many elements from there on it applies, tensor after tensor; null for an operator's setting.</summary>
    public long? Length { get; init; }

    /// <summary>The lower bound.</summary>
    public required double Lower { get; init; }

    /// <summary>The upper bound.</summary>
    public required double Upper { get; init; }

    /// <summary>Where the search starts.</summary>
    public required double Initial { get; init; }

    /// <summary>How much of the weight of each of <see cref="Tensors"/> it is: 1, or less where a tensor's weight is a mix of several coefficients; null for an operator's setting.</summary>
    public IReadOnlyList<double>? Shares { get; init; }
}
