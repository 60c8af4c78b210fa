namespace Search.Merging.Operators;

/// <summary>What SCE's selection is for; its authors' paper and code differ.</summary>
public enum SceVariant
{
    /// <summary>Only what is selected is weighed and merged, as in the paper.</summary>
    Paper,

    /// <summary>The same, but experts are weighed alike where their mean squares sum to less than 1e-6, as in mergekit's code.</summary>
    MergeKit,

    /// <summary>Everything is merged with the weights that the selection gives, as in FuseChat's code.</summary>
    FuseChat,
}
