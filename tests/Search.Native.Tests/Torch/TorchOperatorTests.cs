using Search.Native.Torch;

namespace Search.Native.Tests.Torch;

internal sealed class TorchOperatorTests : TorchFixture
{
    [Test]
    public void Call_NameWithOverload_GivesItsResult()
    {
        using TorchTensor a = Tensor(1, 2, 3);
        using TorchTensor b = Tensor(10, 20, 30);
        Assert.That(Taken<float>(TorchLibrary.Call("add.Tensor", a, b)), Is.EqualTo(new float[] { 11, 22, 33 }));
        Assert.That(Taken<float>(TorchLibrary.Call("aten::neg", a)), Is.EqualTo(new float[] { -1, -2, -3 }));
    }

    [Test]
    public void Call_DefaultInTheMiddle_IsTheDeclaredOne()
    {
        using TorchTensor a = Tensor(1, 2, 3);
        using TorchTensor b = Tensor(10, 20, 30);
        Assert.That(Taken<float>(TorchLibrary.Call("add.Tensor", a, b, 2L)), Is.EqualTo(new float[] { 21, 42, 63 }));
        TorchTensor?[] least = TorchLibrary.CallAll("topk", a, 2L, TorchArgument.Default, false);
        Assert.That(Taken<float>(least[0]!), Is.EqualTo(new float[] { 1, 2 }));
        Assert.That(Taken<long>(least[1]!), Is.EqualTo(new long[] { 0, 1 }));
    }

    [Test]
    public void Call_NumbersAndTruth_AreTaken()
    {
        using TorchTensor matrix = Matrix(2, 1, 5, 3, 2, 2, 9);
        Assert.That(Taken<long>(TorchLibrary.Call("argmax", matrix, 1L, true)), Is.EqualTo(new long[] { 1, 2 }));
        Assert.That(Taken<float>(TorchLibrary.Call("mul.Scalar", matrix, 0.5)), Is.EqualTo(new[] { 0.5f, 2.5f, 1.5f, 1, 1, 4.5f }));
        Assert.That(Taken<float>(TorchLibrary.Call("leaky_relu", matrix, 0.25)), Is.EqualTo(new float[] { 1, 5, 3, 2, 2, 9 }));
    }

    [Test]
    public void Call_None_StandsForWhatIsNotGiven()
    {
        using TorchTensor matrix = Matrix(2, 1, 5, 3, 2, 2, 9);
        Assert.That(Taken<float>(TorchLibrary.Call("clamp", matrix, TorchArgument.None, 3L)), Is.EqualTo(new float[] { 1, 3, 3, 2, 2, 3 }));
        using TorchTensor weight = Matrix(1, 1, 1, 1);
        TorchTensor? bias = null;
        Assert.That(Taken<float>(TorchLibrary.Call("linear", matrix, weight, bias)), Is.EqualTo(new float[] { 9, 13 }));
    }

    [Test]
    public void Call_ListOfNumbers_IsTaken()
    {
        using TorchTensor matrix = Matrix(2, 1, 5, 3, 2, 2, 9);
        using TorchTensor turned = TorchLibrary.Call("permute", matrix, new[] { 1L, 0L });
        Assert.That(turned.Shape, Is.EqualTo(new[] { 3L, 2L }));
        Assert.That(Taken<float>(TorchLibrary.Call("sum.dim_IntList", matrix, new[] { 0L })), Is.EqualTo(new float[] { 3, 7, 12 }));
        using TorchTensor image = TorchTensor.Wrap<float>(new float[] { 1, 2, 3, 4 }, [1, 1, 2, 2]);
        Assert.That(Taken<float>(TorchLibrary.Call("upsample_nearest2d.vec", image, TorchArgument.None, new[] { 1.0, 2.0 })), Is.EqualTo(new float[] { 1, 1, 2, 2, 3, 3, 4, 4 }));
    }

    [Test]
    public void Call_ListOfTruths_IsTaken()
    {
        using TorchTensor input = TorchTensor.Wrap<float>(new float[] { 1, 2 }, [1, 1, 2]);
        using TorchTensor weight = TorchTensor.Wrap<float>(new float[] { 3, 4 }, [1, 1, 2]);
        using TorchTensor gradient = TorchTensor.Wrap<float>(new float[] { 1 }, [1, 1, 1]);
        TorchTensor?[] results = TorchLibrary.CallAll(
            "convolution_backward", gradient, input, weight, TorchArgument.None,
            new[] { 1L }, new[] { 0L }, new[] { 1L }, false, new[] { 0L }, 1L, new[] { true, false, false });
        Assert.That(Taken<float>(results[0]!), Is.EqualTo(new float[] { 3, 4 }));
        Assert.That(results[1..], Is.All.Null, "what is not asked for is not defined");
    }

    [Test]
    public void Call_ListOfTensors_IsTaken()
    {
        using TorchTensor a = Tensor(1, 2);
        using TorchTensor b = Tensor(3);
        Assert.That(Taken<float>(TorchLibrary.Call("cat", new[] { a, b })), Is.EqualTo(new float[] { 1, 2, 3 }));
    }

    [Test]
    public void Call_ListOfTensorsWithGaps_IsTaken()
    {
        using TorchTensor matrix = Matrix(2, 1, 5, 3, 2, 2, 9);
        using TorchTensor columns = TorchTensor.Wrap<long>(new long[] { 2, 0 }, [2]);
        Assert.That(Taken<float>(TorchLibrary.Call("index.Tensor", matrix, TorchArgument.OptionalTensors([null, columns]))), Is.EqualTo(new float[] { 3, 1, 9, 2 }));
    }

    [Test]
    public void Call_ElementTypeAndDevice_AreTaken()
    {
        using TorchTensor zeros = TorchLibrary.Call("zeros", new[] { 2L }, TorchType.Int32, TorchArgument.None, TorchArgument.Device("cpu"));
        Assert.That((zeros.Type, zeros.Cuda), Is.EqualTo((TorchType.Int32, -1)));
        Assert.That(zeros.Read<int>().ToArray(), Is.All.Zero);
        using TorchTensor a = Tensor(1.5f, -2.5f);
        Assert.That(Taken<double>(TorchLibrary.Call("to.dtype", a, TorchType.Float64)), Is.EqualTo(new[] { 1.5, -2.5 }));
    }

    [Test]
    public void Call_Text_IsTaken()
    {
        using TorchTensor a = Tensor(7, -7);
        Assert.That(Taken<float>(TorchLibrary.Call("div.Scalar_mode", a, 2L, TorchArgument.Text("floor"))), Is.EqualTo(new float[] { 3, -4 }));
        Assert.That(Taken<float>(TorchLibrary.Call("div.Scalar_mode", a, 2L, TorchArgument.Text("trunc"))), Is.EqualTo(new float[] { 3, -3 }));
    }

    [Test]
    public void Call_LongLists_NeedNoStack()
    {
        using TorchTensor one = Tensor(1);
        TorchTensor[] many = [.. Enumerable.Repeat(one, 5000)];
        using TorchTensor joined = TorchLibrary.Call("cat", many);
        Assert.That(joined.ElementCount, Is.EqualTo(5000));
    }

    [Test]
    public void CallAll_SeveralResults_GivesThemInOrder()
    {
        using TorchTensor matrix = Matrix(2, 1, 5, 3, 2, 2, 9);
        TorchTensor?[] results = TorchLibrary.CallAll("topk", matrix, 2L);
        Assert.That(Taken<float>(results[0]!), Is.EqualTo(new float[] { 5, 3, 9, 2 }));
        Assert.That(Taken<long>(results[1]!)[..3], Is.EqualTo(new long[] { 1, 2, 2 }));
    }

    [Test]
    public void CallAll_ListResult_GivesItsTensorsOneByOne()
    {
        using TorchTensor a = Tensor(1, 2, 3, 4, 5);
        Assert.That(TorchLibrary.CallAll("split.Tensor", a, 2L).Select(part => Taken<float>(part!)), Is.EqualTo(new[] { new float[] { 1, 2 }, [3, 4], [5] }));
    }

    [Test]
    public void Call_SeveralResults_GivesTheFirstAndReleasesTheOthers()
    {
        using TorchTensor a = Tensor(1, 2, 3);
        Assert.That(Taken<float>(TorchLibrary.Call("split.Tensor", a, 1L)), Is.EqualTo(new float[] { 1 }));
    }

    [Test]
    public void CallAll_MoreResultsThanFit_IsRefusedAndLeavesNone()
    {
        using TorchTensor many = TorchTensor.Wrap<float>(new float[65], [65]);
        Assert.That(() => TorchLibrary.CallAll("split.Tensor", many, 1L), Throws.TypeOf<NativeException>().With.Message.EqualTo("operator split.Tensor: more than 64 results"));
    }

    [Test]
    public void Call_NoResult_IsRefused()
    {
        using TorchTensor none = TorchTensor.Wrap<float>(Memory<float>.Empty, [0]);
        Assert.That(() => TorchLibrary.Call("unbind.int", none), Throws.TypeOf<NativeException>().With.Message.EqualTo("operator unbind.int gave no tensor."));
        Assert.That(() => TorchLibrary.Number("unbind.int", none), Throws.TypeOf<NativeException>().With.Message.EqualTo("operator unbind.int gave no number."));
    }

    [Test]
    public void Number_NumbersAndTruths_AreGiven()
    {
        using TorchTensor half = Tensor(0.5f);
        using TorchTensor count = TorchTensor.Wrap<long>(new long[] { 1L << 40 }, []);
        Assert.Multiple(() =>
        {
            Assert.That(TorchLibrary.Number(half), Is.EqualTo(0.5));
            Assert.That(TorchLibrary.Number(count), Is.EqualTo(1L << 40));
            Assert.That(TorchLibrary.Number("equal", half, half), Is.EqualTo(1));
            Assert.That(TorchLibrary.Number("allclose", half, half, 1e-5, 1e-8, false), Is.EqualTo(1));
        });
    }

    [Test]
    public void Number_OperatorThatGivesATensor_IsRefusedAndLeavesNone()
    {
        using TorchTensor a = Tensor(0.5f);
        Assert.That(() => TorchLibrary.Number("neg", a), Throws.TypeOf<NativeException>().With.Message.EqualTo("operator neg gave no number."));
        Assert.That(() => TorchLibrary.Number("split.Tensor", a, 1L), Throws.TypeOf<NativeException>());
    }

    [TestCase("ad.Tensor")]
    [TestCase("add.Tenor")]
    [TestCase("nothing::add")]
    public void Call_UnknownOperator_IsRefusedByName(string name)
    {
        Assert.That(TorchLibrary.Find(name), Is.Null);
        Assert.That(() => TorchLibrary.Call(name), Throws.TypeOf<NativeException>().With.Message.EndsWith($"has no operator {name}."));
        Assert.That(() => new TorchOperator(name), Throws.TypeOf<NativeException>().With.Message.Contains("this libtorch has no operator"));
    }

    [Test]
    public void Call_ArgumentsThatDoNotFit_AreRefusedInLibtorchsWords()
    {
        using TorchTensor a = Matrix(2, 1, 2, 3, 4, 5, 6);
        using TorchTensor b = Tensor(1, 2);
        Refused("operator mm: self must be a matrix", "mm", b, a);
        Refused("operator mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", "mm", a, a);
        Refused("operator add.Tensor: The size of tensor a (3) must match the size of tensor b (2)", "add.Tensor", a, b);
        Refused("operator neg: aten::neg takes 1 arguments, not 2", "neg", a, 1L);
        Refused("operator neg: argument 'self' has no default", "neg");
        Refused("operator neg: Expected Tensor but got Int", "neg", 1L);
        Refused("operator to.device: ", "to.device", a, TorchArgument.Device("nowhere"), TorchType.Float32);
        Refused("operator sum.dim_IntList: ", "sum.dim_IntList", a, new[] { 5L });
        Refused("operator sum.dim_IntList: ", "sum.dim_IntList", a, TorchArgument.Text("x"));
    }

    [Test]
    public void Call_DisposedTensor_IsRefused()
    {
        TorchTensor a = Tensor(1);
        a.Dispose();
        Assert.That(() => TorchLibrary.Call("neg", a), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => TorchLibrary.Call("cat", new[] { a }), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void SetThreads_AnyNumber_GivesTheSameProduct()
    {
        using TorchTensor a = TorchTensor.Wrap<float>(new float[64 * 64], [64, 64]);
        using TorchTensor ones = TorchLibrary.Call("ones_like", a);
        foreach (int threads in new[] { 1, 2 })
        {
            TorchLibrary.SetThreads(threads);
            Assert.That(Taken<float>(TorchLibrary.Call("mm", ones, ones)), Is.All.EqualTo(64));
        }
    }

    private static void Refused(string words, string name, params TorchArgument[] arguments) =>
        Assert.That(
            () => TorchLibrary.Call(name, arguments),
            Throws.TypeOf<NativeException>().With.Message.StartsWith(words).And.Message.Not.Contains("\n").And.Message.Not.Contains("frame #"));
}
