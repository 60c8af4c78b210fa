using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Search.Native.Torch;

namespace Search.Native.Tests.Torch;

internal sealed class TorchTensorTests : TorchFixture
{
    [Test]
    public void Wrap_Memory_IsSharedNotCopied()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        using TorchTensor tensor = TorchTensor.Wrap<float>(values, [2, 3]);
        values[4] = 50;
        Assert.Multiple(() =>
        {
            Assert.That(tensor.Shape, Is.EqualTo(new[] { 2L, 3L }));
            Assert.That(tensor.ElementCount, Is.EqualTo(6));
            Assert.That((tensor.Type, tensor.Cuda), Is.EqualTo((TorchType.Float32, -1)));
            Assert.That(tensor.Read<float>().ToArray(), Is.EqualTo(values));
            Assert.That(tensor.AsMemory<float>().ToArray(), Is.EqualTo(values));
        });
    }

    [Test]
    public void Wrap_EveryElementType_ReadsBack()
    {
        AssertReadsBack<float>(TorchType.Float32, 1.5f, -2);
        AssertReadsBack(TorchType.Float64, 1.5, -2);
        AssertReadsBack(TorchType.Float16, (Half)1.5, (Half)(-2));
        AssertReadsBack(TorchType.Int64, long.MaxValue, -2);
        AssertReadsBack(TorchType.Int32, int.MaxValue, -2);
        AssertReadsBack(TorchType.Int16, short.MaxValue, (short)-2);
        AssertReadsBack(TorchType.Int8, sbyte.MaxValue, (sbyte)-2);
        AssertReadsBack<byte>(TorchType.UInt8, byte.MaxValue, 2);
        AssertReadsBack(TorchType.Bool, true, false);
        Assert.That(() => TorchTensor.Wrap<char>(new char[1], [1]), Throws.TypeOf<NotSupportedException>());
    }

    [Test]
    public void Wrap_ScalarAndEmpty_AreTensorsToo()
    {
        using TorchTensor scalar = TorchTensor.Wrap<float>(new float[] { 7 }, []);
        using TorchTensor empty = TorchTensor.Wrap<float>(Memory<float>.Empty, [2, 0]);
        Assert.That(scalar.Shape, Is.Empty);
        Assert.That(scalar.Read<float>().ToArray(), Is.EqualTo(new float[] { 7 }));
        Assert.That(empty.Shape, Is.EqualTo(new[] { 2L, 0L }));
        Assert.That(empty.Read<float>().ToArray(), Is.Empty);
    }

    [TestCase(3)]
    [TestCase(1, 1)]
    [TestCase(-1, -2)]
    [TestCase(-2)]
    public void Wrap_ShapeThatDoesNotFit_IsRefusedAndUnpins(params long[] shape)
    {
        using var memory = new CountedMemory(2);
        Assert.That(() => TorchTensor.Wrap(memory.Memory, shape), Throws.ArgumentException.With.Message.Contains("does not have 2 elements"));
        Assert.That(memory.Pins, Is.Zero);
    }

    [Test]
    public void Dispose_WrapperWithAliases_KeepsTheMemoryUntilTheLastIsGone()
    {
        using var memory = new CountedMemory(4);
        TorchTensor whole = TorchTensor.Wrap(memory.Memory, [2, 2]);
        TorchTensor row = TorchLibrary.Call("select.int", whole, 0L, 1L);
        TorchTensor flat = TorchLibrary.Call("reshape", row, new[] { -1L });
        whole.Dispose();
        Assert.That(memory.Pins, Is.EqualTo(1));
        row.Dispose();
        Assert.That(memory.Pins, Is.EqualTo(1));
        Assert.That(flat.Read<float>().ToArray(), Is.EqualTo(new float[] { 2, 3 }));
        flat.Dispose();
        Assert.That(memory.Pins, Is.Zero);
    }

    [Test]
    public void Wrap_ArrayNobodyElseHolds_SurvivesCollections()
    {
        using TorchTensor alias = AliasOfAForgottenArray(out WeakReference array);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        Assert.That(array.IsAlive);
        Assert.That(Copied(alias), Is.EqualTo(Enumerable.Range(0, 1000).Select(i => (float)i)));
        alias.Dispose();
        GC.Collect();
        Assert.That(array.IsAlive, Is.False, "the last alias lets go of it");
    }

    [Test]
    public void Read_NotContiguous_IsRefused()
    {
        using TorchTensor matrix = Matrix(2, 1, 2, 3, 4, 5, 6);
        using TorchTensor turned = TorchLibrary.Call("t", matrix);
        Assert.That(() => turned.Read<float>(), Throws.InvalidOperationException.With.Message.EqualTo("A tensor of Float32 on the CPU cannot be read as contiguous Single elements."));
        Assert.That(Taken<float>(TorchLibrary.Call("contiguous", turned)), Is.EqualTo(new float[] { 1, 4, 2, 5, 3, 6 }));
    }

    [Test]
    public void Read_OtherType_IsRefused()
    {
        using TorchTensor tensor = Tensor(1);
        Assert.That(() => tensor.Read<int>(), Throws.InvalidOperationException.With.Message.Contains("Float32"));
    }

    [Test]
    public void Read_Disposed_IsRefusedEvenWhereItWasReadBefore()
    {
        TorchTensor tensor = Tensor(1);
        tensor.Read<float>();
        ReadOnlyMemory<float> memory = tensor.AsMemory<float>();
        tensor.Dispose();
        Assert.That(() => tensor.Read<float>(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => memory.ToArray(), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void AsMemory_Wrapped_IsTheTensorsOwn()
    {
        using TorchTensor tensor = Tensor(1, 2, 3);
        using TorchTensor end = TorchTensor.Wrap(MemoryMarshal.AsMemory(tensor.AsMemory<float>())[1..], [2]);
        using (TorchLibrary.Call("fill_.Scalar", end, 9L))
        {
            Assert.That(tensor.Read<float>().ToArray(), Is.EqualTo(new float[] { 1, 9, 9 }));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TorchTensor AliasOfAForgottenArray(out WeakReference array)
    {
        float[] values = [.. Enumerable.Range(0, 1000).Select(i => (float)i)];
        array = new WeakReference(values);
        using TorchTensor whole = TorchTensor.Wrap<float>(values, [1000]);
        return TorchLibrary.Call("alias", whole);
    }

    // A span in the caller's frame would hold the array.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float[] Copied(TorchTensor tensor) => tensor.Read<float>().ToArray();

    private static void AssertReadsBack<T>(TorchType type, params T[] values)
        where T : unmanaged
    {
        using TorchTensor tensor = TorchTensor.Wrap<T>(values, [values.Length]);
        Assert.That(tensor.Type, Is.EqualTo(type));
        using TorchTensor copy = TorchLibrary.Call("clone", tensor);
        Assert.That(copy.Read<T>().ToArray(), Is.EqualTo(values));
    }

    // The numbers from 0 on, and how many pins hold them.
    private sealed class CountedMemory(int count) : MemoryManager<float>
    {
        private readonly float[] _values = [.. Enumerable.Range(0, count).Select(i => (float)i)];

        public int Pins { get; private set; }

        public override Span<float> GetSpan() => _values;

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            Pins++;
            var handle = GCHandle.Alloc(_values, GCHandleType.Pinned);
            unsafe
            {
                return new MemoryHandle((float*)handle.AddrOfPinnedObject() + elementIndex, handle, this);
            }
        }

        public override void Unpin() => Pins--;

        protected override void Dispose(bool disposing)
        {
            // The array is the collector's.
        }
    }
}
