namespace Search.Merging.Operators;

/// <summary>What SCE's selection is for; its authors' paper and code differ.</summary>
public enum SceVariant
{
    /// <summary>Only what is selected is weighed and merged, as in the paper and in mergekit.</summary>
    Paper,

    /// <summary>Everything is merged with the weights that the selection gives, as in FuseChat's code.</summary>
    FuseChat,
}
