namespace Search.Merging.Operators;

/// <summary>What is interpolated on a sphere.</summary>
public enum SphericalSpace
{
    /// <summary>The experts' weights θ, as in mergekit.</summary>
    Weights,

    /// <summary>Their task vectors τ, as in WARP (Ramé et al. 2024, arXiv:2406.16768, §3.2).</summary>
    Deltas,
}
