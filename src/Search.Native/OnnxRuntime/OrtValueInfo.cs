namespace Search.Native.OnnxRuntime;

/// <summary>A session's input or output.</summary>
/// <param name="Name">The name in the graph.</param>
/// <param name="Type">The element type; undefined for sequences and maps.</param>
/// <param name="Dimensions">The dimensions, outermost first; −1 for one that is free.</param>
internal sealed record OrtValueInfo(string Name, OrtElementType Type, IReadOnlyList<long> Dimensions);
