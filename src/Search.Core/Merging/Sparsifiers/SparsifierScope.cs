namespace Search.Merging.Sparsifiers;

/// <summary>Among which elements the largest are found.</summary>
public enum SparsifierScope
{
    /// <summary>All elements of an expert's task vector that merge.</summary>
    Global,

    /// <summary>Those of one tensor.</summary>
    Tensor,

    /// <summary>Those of one row, the tensor's last axis; a tensor of fewer than two axes is one row.</summary>
    Row,
}
