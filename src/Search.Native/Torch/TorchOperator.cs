using System.Runtime.InteropServices;
using System.Text;

namespace Search.Native.Torch;

/// <summary>One ATen operator. Found once, callable from any thread; it lives as long as the process.</summary>
internal sealed unsafe class TorchOperator
{
    private const int MostResults = 64;
    private const int MostOnStack = 256;

    private readonly string _name;
    private readonly nint _operator;

    /// <summary>Finds an operator.</summary>
    /// <param name="name">Its name with its overload, such as <c>add.Tensor</c>; without a namespace it is <c>aten</c>'s.</param>
    /// <exception cref="NativeException">This libtorch does not have it.</exception>
    public TorchOperator(string name)
    {
        _name = name;
        string qualified = name.Contains("::", StringComparison.Ordinal) ? name : $"aten::{name}";
        int dot = qualified.IndexOf('.', StringComparison.Ordinal);
        nint found;
        TorchApi.Check(
            TorchApi.search_torch_find(dot < 0 ? qualified : qualified[..dot], dot < 0 ? "" : qualified[(dot + 1)..], &found), $"operator {name}");
        _operator = found;
    }

    /// <summary>Calls it for its first result.</summary>
    /// <param name="arguments">In the declared order; missing ones at the end take their defaults.</param>
    /// <returns>The result; the caller disposes it.</returns>
    /// <exception cref="NativeException">libtorch refuses the arguments; the message has its words.</exception>
    public TorchTensor Call(params ReadOnlySpan<TorchArgument> arguments)
    {
        TorchTensor?[] results = CallAll(arguments);
        for (int i = 1; i < results.Length; i++)
        {
            results[i]?.Dispose();
        }

        return results.FirstOrDefault() ?? throw new NativeException(TorchLibrary.Name, 0, $"operator {_name} gave no tensor.");
    }

    /// <summary>Calls it for all results, those of lists one by one.</summary>
    /// <param name="arguments">In the declared order; missing ones at the end take their defaults.</param>
    /// <returns>The results, null where a result is not defined; the caller disposes them.</returns>
    /// <exception cref="NativeException">libtorch refuses the arguments; the message has its words.</exception>
    public TorchTensor?[] CallAll(params ReadOnlySpan<TorchArgument> arguments)
    {
        TorchValue* results = stackalloc TorchValue[MostResults];
        return Tensors(results, Call(arguments, results));
    }

    /// <summary>Calls it for a number, such as the value of a one-element tensor.</summary>
    /// <param name="arguments">In the declared order; missing ones at the end take their defaults.</param>
    /// <returns>The number; truth is 1.</returns>
    /// <exception cref="NativeException">libtorch refuses the arguments; the message has its words.</exception>
    public double CallNumber(params ReadOnlySpan<TorchArgument> arguments)
    {
        TorchValue* results = stackalloc TorchValue[MostResults];
        int count = Call(arguments, results);
        TorchTag tag = count == 0 ? TorchTag.None : results[0].Tag;
        if (tag is TorchTag.Int or TorchTag.Bool)
        {
            return results[0].Value;
        }

        if (tag == TorchTag.Double)
        {
            return BitConverter.Int64BitsToDouble(results[0].Value);
        }

        Array.ForEach(Tensors(results, count), tensor => tensor?.Dispose());
        throw new NativeException(TorchLibrary.Name, 0, $"operator {_name} gave no number.");
    }

    private static TorchTensor?[] Tensors(TorchValue* results, int count)
    {
        var tensors = new TorchTensor?[count];
        for (int i = 0; i < count; i++)
        {
            tensors[i] = results[i].Tag == TorchTag.Tensor ? new TorchTensor((nint)results[i].Value) : null;
        }

        return tensors;
    }

    // Tensors stay alive because the arguments, which hold them, do.
    private int Call(ReadOnlySpan<TorchArgument> arguments, TorchValue* results)
    {
        int words = 0;
        foreach (ref readonly TorchArgument argument in arguments)
        {
            words += Words(argument);
        }

        Span<long> lists = words <= MostOnStack ? stackalloc long[words] : GC.AllocateUninitializedArray<long>(words, pinned: true);
        TorchValue* values = stackalloc TorchValue[arguments.Length];
        int count;
        fixed (long* start = lists)
        {
            long* next = start;
            for (int i = 0; i < arguments.Length; i++)
            {
                values[i] = Convert(arguments[i], ref next);
            }

            TorchApi.Check(TorchApi.search_torch_call(_operator, values, arguments.Length, results, MostResults, &count), $"operator {_name}");
        }

        foreach (ref readonly TorchArgument argument in arguments)
        {
            GC.KeepAlive(argument.Content);
        }

        return count;
    }

    private static int Words(in TorchArgument argument) => argument.Content switch
    {
        string text => (Encoding.UTF8.GetByteCount(text) / sizeof(long)) + 1,
        Array list => list.Length,
        _ => 0,
    };

    private static TorchValue Convert(in TorchArgument argument, ref long* next)
    {
        TorchValue value = new() { Tag = argument.Tag, Value = argument.Number };
        switch (argument.Content)
        {
            case null:
                return value;
            case TorchTensor tensor:
                value.Value = tensor.Borrowed();
                return value;
            case string text:
                value.Value = (long)next;
                value.Length = Encoding.UTF8.GetBytes(text, new Span<byte>(next, Words(argument) * sizeof(long)));
                next += Words(argument);
                return value;
        }

        value.Value = (long)next;
        value.Length = Words(argument);
        Span<long> list = new(next, value.Length);
        next += value.Length;
        switch (argument.Content)
        {
            case long[] numbers:
                numbers.CopyTo(list);
                break;
            case double[] numbers:
                MemoryMarshal.Cast<double, long>(numbers).CopyTo(list);
                break;
            case bool[] flags:
                for (int i = 0; i < flags.Length; i++)
                {
                    list[i] = flags[i] ? 1 : 0;
                }

                break;
            case TorchTensor?[] tensors:
                for (int i = 0; i < tensors.Length; i++)
                {
                    list[i] = tensors[i] is { } tensor ? tensor.Borrowed() : 0;
                }

                break;
        }

        return value;
    }
}
