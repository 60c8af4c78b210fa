namespace Search.Merging.Rules;

/// <summary>Which experts a softmax of distances to the base favours.</summary>
public enum DistanceSign
{
    /// <summary>Those near the base: softmax(−d).</summary>
    Near,

    /// <summary>Those far from it: softmax(d), as FedAtt's published code has it.</summary>
    Far,
}
