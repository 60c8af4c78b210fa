namespace Search.Merging;

/// <summary>The merge functions.</summary>
public enum MergeOperator
{
    /// <summary>θ = θ₀ + Σ λᵢ·(θᵢ − θ₀) (Ilharco et al. 2023, arXiv:2212.04089, §2).</summary>
    TaskArithmetic,

    /// <summary>θ = Σ wᵢ·θᵢ / Σ wᵢ (Utans 1996; Wortsman et al. 2022, arXiv:2203.05482); the base takes no part.</summary>
    WeightedAverage,
}
