using Search.Native.Torch;

namespace Search.Native.Tests.Torch;

internal sealed class GradientWatchTests : TorchFixture
{
    private readonly Dictionary<int, float[]> _received = [];

    [Test]
    public void Backward_SeveralUses_GivesTheirSumOnce()
    {
        // L = Σ x² + 3 Σ x + Σ x·y.
        using TorchTensor x = Tensor(1, 2, 3);
        using TorchTensor y = Tensor(10, 20, 30);
        using var watch = new GradientWatch(Keep);
        using TorchTensor watched = watch.Watch(x, 5);
        using TorchTensor square = TorchLibrary.Call("mul.Tensor", watched, watched);
        using TorchTensor triple = TorchLibrary.Call("mul.Scalar", watched, 3L);
        using TorchTensor product = TorchLibrary.Call("mul.Tensor", watched, y);
        using TorchTensor some = TorchLibrary.Call("add.Tensor", square, triple);
        using TorchTensor all = TorchLibrary.Call("add.Tensor", some, product);
        using TorchTensor loss = TorchLibrary.Call("sum", all);

        watch.Backward(loss);

        Assert.That(_received.Keys, Is.EqualTo(new[] { 5 }));
        Assert.That(_received[5], Is.EqualTo(new float[] { 2 + 3 + 10, 4 + 3 + 20, 6 + 3 + 30 }));
    }

    [Test]
    public void Backward_SeveralTensors_GivesEachItsOwnAndNothingToThoseNotUsed()
    {
        using TorchTensor x = Tensor(1, 2);
        using TorchTensor y = Tensor(10, 20);
        using var watch = new GradientWatch(Keep);
        using TorchTensor a = watch.Watch(x, 0);
        using TorchTensor b = watch.Watch(y, 1);
        using TorchTensor unused = watch.Watch(y, 2);
        using TorchTensor loss = TorchLibrary.Call("dot", a, b);

        watch.Backward(loss);

        Assert.That(_received.Keys.Order(), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(_received[0], Is.EqualTo(new float[] { 10, 20 }));
        Assert.That(_received[1], Is.EqualTo(new float[] { 1, 2 }));
    }

    [Test]
    public void Backward_KeptGradient_OutlivesThePass()
    {
        using TorchTensor x = Tensor(1, 2);
        TorchTensor? kept = null;
        using (var watch = new GradientWatch((_, gradient) => kept = gradient))
        {
            using TorchTensor watched = watch.Watch(x, 0);
            using TorchTensor loss = TorchLibrary.Call("sum", watched);
            watch.Backward(loss);
        }

        using TorchTensor ones = TorchLibrary.Call("contiguous", kept!);
        kept!.Dispose();
        Assert.That(ones.Read<float>().ToArray(), Is.EqualTo(new float[] { 1, 1 }));
    }

    [Test]
    public void Backward_ReceiverThrows_ComesOutUnchangedAndTheNextPassWorks()
    {
        var thrown = new InvalidDataException("as it was");
        bool refuse = true;
        using TorchTensor x = Tensor(1, 2);
        using var watch = new GradientWatch((index, gradient) =>
        {
            if (refuse)
            {
                throw thrown;
            }

            Keep(index, gradient);
        });
        using TorchTensor watched = watch.Watch(x, 0);
        using (TorchTensor loss = TorchLibrary.Call("sum", watched))
        {
            Assert.That(() => watch.Backward(loss), Throws.Exception.SameAs(thrown));
        }

        refuse = false;
        using TorchTensor again = TorchLibrary.Call("sum", watched);
        watch.Backward(again);
        Assert.That(_received[0], Is.EqualTo(new float[] { 1, 1 }));
    }

    [Test]
    public void Backward_NothingWatchedIsUsed_IsRefusedInLibtorchsWords()
    {
        using TorchTensor x = Tensor(1, 2);
        using var watch = new GradientWatch(Keep);
        using TorchTensor loss = TorchLibrary.Call("sum", x);
        Assert.That(() => watch.Backward(loss), Throws.TypeOf<NativeException>().With.Message.Contains("does not require grad").And.Message.Not.Contains("\n"));
    }

    [Test]
    public void Backward_NoScalar_IsRefused()
    {
        using TorchTensor x = Tensor(1, 2);
        using var watch = new GradientWatch(Keep);
        using TorchTensor watched = watch.Watch(x, 0);
        Assert.That(() => watch.Backward(watched), Throws.TypeOf<NativeException>().With.Message.Contains("scalar"));
    }

    [Test]
    public void Backward_DisposedRoot_IsRefused()
    {
        using TorchTensor x = Tensor(1, 2);
        using var watch = new GradientWatch(Keep);
        TorchTensor loss = TorchLibrary.Call("sum", x);
        loss.Dispose();
        Assert.That(() => watch.Backward(loss), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => watch.Watch(loss, 0), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void RecordGradients_Off_RecordsNothingOnThisThreadOnly()
    {
        using TorchTensor x = Tensor(1, 2);
        using var watch = new GradientWatch(Keep);
        using TorchTensor watched = watch.Watch(x, 0);
        TorchLibrary.RecordGradients(false);
        try
        {
            using TorchTensor loss = TorchLibrary.Call("sum", watched);
            bool elsewhere = false;
            var thread = new Thread(() => elsewhere = TorchLibrary.RecordsGradients);
            thread.Start();
            thread.Join();
            Assert.Multiple(() =>
            {
                Assert.That(TorchLibrary.RecordsGradients, Is.False);
                Assert.That(elsewhere);
                Assert.That(() => watch.Backward(loss), Throws.TypeOf<NativeException>().With.Message.Contains("does not require grad"));
            });
        }
        finally
        {
            TorchLibrary.RecordGradients(true);
        }

        Assert.That(_received, Is.Empty);
    }

    private void Keep(int index, TorchTensor gradient)
    {
        using (gradient)
        using (TorchTensor whole = TorchLibrary.Call("contiguous", gradient))
        {
            _received.Add(index, whole.Read<float>().ToArray());
        }
    }
}
