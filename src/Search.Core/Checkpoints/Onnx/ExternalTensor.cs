namespace Search.Checkpoints.Onnx;

/// <summary>Where a tensor's elements lie outside the model's file.</summary>
/// <param name="File">The file, inside the model's folder.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">How many bytes; all of them are in the file.</param>
internal readonly record struct ExternalTensor(string File, long Offset, long Length);
