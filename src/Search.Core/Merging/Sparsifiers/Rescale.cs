namespace Search.Merging.Sparsifiers;

/// <summary>What the kept elements are multiplied by.</summary>
public enum Rescale
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>1 / (1 − p), so that the expectation is the task vector (Yu et al. 2024, arXiv:2311.03099, §3); for given masks 1 over their mean.</summary>
    Expectation,

    /// <summary>What gives the tensor the L1 norm that it had, as mergekit does.</summary>
    L1,
}
