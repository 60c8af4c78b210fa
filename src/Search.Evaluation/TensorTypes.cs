using Search.Checkpoints;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>How the element types of ONNX graphs and of checkpoints relate.</summary>
internal static class TensorTypes
{
    /// <summary>A graph's element type.</summary>
    /// <param name="onnxType">The number of TensorProto.DataType.</param>
    /// <returns>The type; undefined for types that nothing here reads or feeds.</returns>
    public static OrtElementType FromOnnx(int onnxType) => Enum.IsDefined((OrtElementType)onnxType) ? (OrtElementType)onnxType : OrtElementType.Undefined;

    /// <summary>The name people know a graph's element type by, such as <c>float32</c>.</summary>
    /// <param name="type">The type.</param>
    public static string Name(OrtElementType type) => type switch
    {
        OrtElementType.Float => "float32",
        OrtElementType.Double => "float64",
        OrtElementType.Undefined => "a type this engine does not know",
        _ => type.ToString().ToLowerInvariant(),
    };

    /// <summary>Whether a graph's element type is a floating-point number that this engine feeds.</summary>
    /// <param name="type">The type.</param>
    public static bool IsFloat(OrtElementType type) => type is OrtElementType.Float or OrtElementType.Float16 or OrtElementType.Double;

    /// <summary>Whether a graph's element type is a floating-point number, fed or not.</summary>
    /// <param name="type">The type.</param>
    public static bool IsAnyFloat(OrtElementType type) => IsFloat(type) || type == OrtElementType.BFloat16;

    /// <summary>Whether every stored integer of one type is one of the graph's type.</summary>
    /// <param name="stored">The checkpoint's type.</param>
    /// <param name="graph">The graph's type.</param>
    public static bool Widens(TensorType stored, OrtElementType graph) => graph switch
    {
        OrtElementType.Int64 => stored is TensorType.I64 or TensorType.I32 or TensorType.I16 or TensorType.I8 or TensorType.U8 or TensorType.Bool,
        OrtElementType.Int32 => stored is TensorType.I32 or TensorType.I16 or TensorType.I8 or TensorType.U8 or TensorType.Bool,
        OrtElementType.Int16 => stored is TensorType.I16 or TensorType.I8 or TensorType.U8 or TensorType.Bool,
        OrtElementType.Int8 => stored is TensorType.I8 or TensorType.Bool,
        OrtElementType.UInt8 => stored is TensorType.U8 or TensorType.Bool,
        OrtElementType.Bool => stored is TensorType.Bool,
        _ => false,
    };
}
