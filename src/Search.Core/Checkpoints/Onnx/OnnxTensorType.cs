namespace Search.Checkpoints.Onnx;

/// <summary>The element types of ONNX tensors (onnx.proto, TensorProto.DataType).</summary>
internal static class OnnxTensorType
{
    public const int Float = 1;
    public const int UInt8 = 2;
    public const int Int8 = 3;
    public const int Int16 = 5;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Bool = 9;
    public const int Float16 = 10;
    public const int Double = 11;
    public const int BFloat16 = 16;

    /// <summary>The checkpoint type of an ONNX type, or null where there is none.</summary>
    public static TensorType? ToTensorType(int type) => type switch
    {
        Float => TensorType.F32,
        UInt8 => TensorType.U8,
        Int8 => TensorType.I8,
        Int16 => TensorType.I16,
        Int32 => TensorType.I32,
        Int64 => TensorType.I64,
        Bool => TensorType.Bool,
        Float16 => TensorType.F16,
        Double => TensorType.F64,
        BFloat16 => TensorType.BF16,
        _ => null,
    };

    /// <summary>How many bytes one element of an ONNX type takes.</summary>
    public static int ByteSize(int type) => ToTensorType(type) is { } known ? TensorConversion.ByteSize(known) : 1;
}
