namespace Search.Merging.Operators;

/// <summary>How a linear layer's weights lie in their tensor.</summary>
public enum WeightOrientation
{
    /// <summary>The first axis is the outputs, as in PyTorch's linear and convolutional layers; the others together are the inputs.</summary>
    OutIn,

    /// <summary>The first axis is the inputs, as in ONNX's MatMul and GPT-2's Conv1D.</summary>
    InOut,
}
