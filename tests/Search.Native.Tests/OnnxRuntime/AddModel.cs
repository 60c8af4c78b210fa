using System.Text;

namespace Search.Native.Tests.OnnxRuntime;

// The graph y = x + w with x [rows, 2] and w [2], written byte by byte: this project knows no protobuf classes.
internal static class AddModel
{
    public static byte[] Build(string operatorType = "Add")
    {
        byte[] node = [.. Text(1, "x"), .. Text(1, "w"), .. Text(2, "y"), .. Text(3, "the node"), .. Text(4, operatorType)];
        byte[] rows = Text(2, "rows");
        byte[] two = Number(1, 2);
        byte[] graph =
        [
            .. Nested(1, node),
            .. Text(2, "g"),
            .. Nested(11, Value("x", rows, two)),
            .. Nested(11, Value("w", two)),
            .. Nested(12, Value("y", rows, two)),
        ];
        return [.. Number(1, 8), .. Nested(7, graph), .. Nested(8, Number(2, 13))];
    }

    private static byte[] Value(string name, params byte[][] dimensions)
    {
        byte[] shape = [.. dimensions.SelectMany(dimension => Nested(1, dimension))];
        const byte Float = 1;
        byte[] tensor = [.. Number(1, Float), .. Nested(2, shape)];
        return [.. Text(1, name), .. Nested(2, Nested(1, tensor))];
    }

    private static byte[] Text(int field, string text) => Nested(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Number(int field, byte value) => [(byte)(field << 3), value];

    private static byte[] Nested(int field, byte[] content) => [(byte)((field << 3) | 2), .. Length(content.Length), .. content];

    private static byte[] Length(int length) => length < 128 ? [(byte)length] : [(byte)(length | 128), (byte)(length >> 7)];
}
