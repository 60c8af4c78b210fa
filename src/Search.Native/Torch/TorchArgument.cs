namespace Search.Native.Torch;

/// <summary>One argument of an ATen operator: a value with the tag the bridge reads it by.</summary>
internal readonly struct TorchArgument
{
    private TorchArgument(TorchTag tag, long number, object? content = null)
    {
        Tag = tag;
        Number = number;
        Content = content;
    }

    /// <summary>An optional argument that is not given.</summary>
    public static TorchArgument None => new(TorchTag.None, 0);

    /// <summary>The default that the operator declares.</summary>
    public static TorchArgument Default => new(TorchTag.Default, 0);

    /// <summary>Whether it is a value, not <see cref="None"/>.</summary>
    public bool IsGiven => Tag != TorchTag.None;

    /// <summary>What kind of value it is.</summary>
    internal TorchTag Tag { get; }

    /// <summary>The value of a number, doubles by their bits.</summary>
    internal long Number { get; }

    /// <summary>A tensor, a text or the array of a list.</summary>
    internal object? Content { get; }

    public static implicit operator TorchArgument(long value) => new(TorchTag.Int, value);

    public static implicit operator TorchArgument(double value) => new(TorchTag.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator TorchArgument(bool value) => new(TorchTag.Bool, value ? 1 : 0);

    public static implicit operator TorchArgument(TorchType value) => new(TorchTag.Int, (long)value);

    public static implicit operator TorchArgument(TorchTensor? value) => value is null ? None : new(TorchTag.Tensor, 0, value);

    public static implicit operator TorchArgument(long[] values) => new(TorchTag.Ints, 0, values);

    public static implicit operator TorchArgument(double[] values) => new(TorchTag.Doubles, 0, values);

    public static implicit operator TorchArgument(bool[] values) => new(TorchTag.Bools, 0, values);

    public static implicit operator TorchArgument(TorchTensor[] values) => new(TorchTag.Tensors, 0, values);

    /// <summary>A text, such as the mode of a rounding.</summary>
    /// <param name="value">The text.</param>
    public static TorchArgument Text(string value) => new(TorchTag.Text, 0, value);

    /// <summary>A device.</summary>
    /// <param name="value">Its name, such as <c>cuda:0</c>.</param>
    public static TorchArgument Device(string value) => new(TorchTag.Device, 0, value);

    /// <summary>A list of tensors some of which may be missing, as indices are.</summary>
    /// <param name="values">The tensors.</param>
    public static TorchArgument OptionalTensors(TorchTensor?[] values) => new(TorchTag.OptionalTensors, 0, values);
}
