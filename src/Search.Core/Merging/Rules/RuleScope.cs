namespace Search.Merging.Rules;

/// <summary>Over which tensors a rule measures task vectors.</summary>
public enum RuleScope
{
    /// <summary>All that merge, so that every group of tensors gets the same weights.</summary>
    Model,

    /// <summary>Those that share coefficients: at granularity tensor each alone.</summary>
    Group,
}
