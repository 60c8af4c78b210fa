namespace Search.Merging;

/// <summary>Which tensors share a coefficient.</summary>
public enum Granularity
{
    /// <summary>All of an expert's tensors.</summary>
    Model,

    /// <summary>The tensors of a transformer layer or stage.</summary>
    Block,

    /// <summary>None: every tensor has its own.</summary>
    Tensor,

    /// <summary>The tensors of a kind of module, as <see cref="TensorKinds"/> names them.</summary>
    Kind,

    /// <summary>The tensors of a kind in a block.</summary>
    BlockKind,
}
