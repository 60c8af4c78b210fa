namespace Search.Merging.Operators;

/// <summary>What EMR's rescalers compare the mean magnitude over; its authors' paper and code differ.</summary>
public enum EmrVariant
{
    /// <summary>All elements of the model, as in the paper.</summary>
    Paper,

    /// <summary>The elements of each tensor, and then the tensors, so that small ones count as much as large ones, as in FusionBench and the authors' code.</summary>
    FusionBench,
}
