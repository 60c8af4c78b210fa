namespace Search.Controller;

/// <summary>What the coefficients of all experts in one group of tensors are together.</summary>
public enum GroupSum
{
    /// <summary>Anything.</summary>
    None,

    /// <summary>1, and none is negative.</summary>
    Simplex,

    /// <summary>1, negative ones allowed.</summary>
    Affine,
}
