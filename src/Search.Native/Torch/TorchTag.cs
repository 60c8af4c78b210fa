namespace Search.Native.Torch;

/// <summary>How the bridge reads an argument (enum Tag in search_torch.cpp).</summary>
internal enum TorchTag
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A truth value.</summary>
    Bool = 1,

    /// <summary>A 64-bit integer, or the number of an element type.</summary>
    Int = 2,

    /// <summary>A double.</summary>
    Double = 3,

    /// <summary>A tensor.</summary>
    Tensor = 4,

    /// <summary>A list of integers.</summary>
    Ints = 5,

    /// <summary>A list of doubles.</summary>
    Doubles = 6,

    /// <summary>A list of tensors.</summary>
    Tensors = 7,

    /// <summary>A list of tensors with gaps.</summary>
    OptionalTensors = 8,

    /// <summary>A text.</summary>
    Text = 9,

    /// <summary>A device's name.</summary>
    Device = 10,

    /// <summary>A list of truth values.</summary>
    Bools = 11,

    /// <summary>The declared default.</summary>
    Default = 12,
}
