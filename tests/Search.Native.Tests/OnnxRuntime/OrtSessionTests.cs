using Search.Native.OnnxRuntime;

namespace Search.Native.Tests.OnnxRuntime;

internal sealed class OrtSessionTests : OnnxRuntimeFixture
{
    [Test]
    public void Inputs_OfAGraph_HaveNamesTypesAndShapes()
    {
        using OrtSession session = CreateSession();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(session.Inputs.Select(input => input.Name), Is.EqualTo(new[] { "x", "w" }));
            Assert.That(session.Inputs[0].Type, Is.EqualTo(OrtElementType.Float));
            Assert.That(session.Inputs[0].Dimensions, Is.EqualTo(new[] { -1L, 2L }));
            Assert.That(session.Outputs.Single().Name, Is.EqualTo("y"));
        }
    }

    [Test]
    public void Run_BoundMemoryChanges_GivesTheNewSumWithoutRebinding()
    {
        float[] weights = [10, 20];
        using OrtSession session = CreateSession();
        using OrtTensor x = Library.CreateTensor<float>(new float[] { 1, 2, 3, 4 }, [2, 2]);
        using OrtTensor w = Library.CreateTensor<float>(weights, [2]);
        using OrtBinding binding = session.CreateBinding();
        binding.BindInput("x", x);
        binding.BindInput("w", w);
        binding.BindOutput("y");

        float[] first = RunOnce(session, binding);
        weights[0] = 100;
        float[] second = RunOnce(session, binding);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.EqualTo(new float[] { 11, 22, 13, 24 }));
            Assert.That(second, Is.EqualTo(new float[] { 101, 22, 103, 24 }));
        }
    }

    [Test]
    public void Run_NextBatchHasAnotherSize_GivesNewOutputsAndLeavesTheOldAlone()
    {
        using OrtSession session = CreateSession();
        using OrtTensor two = Library.CreateTensor<float>(new float[] { 1, 2, 3, 4 }, [2, 2]);
        using OrtTensor one = Library.CreateTensor<float>(new float[] { 5, 6 }, [1, 2]);
        using OrtTensor w = Library.CreateTensor<float>(new float[] { 10, 20 }, [2]);
        using OrtBinding binding = session.CreateBinding();
        binding.BindOutput("y");
        binding.BindInput("w", w);
        binding.BindInput("x", two);
        session.Run(binding);
        using OrtTensor first = binding.TakeOutputs()[0];
        binding.BindInput("x", one);
        session.Run(binding);
        using OrtTensor second = binding.TakeOutputs()[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Read<float>().ToArray(), Is.EqualTo(new float[] { 11, 22, 13, 24 }));
            Assert.That(second.Read<float>().ToArray(), Is.EqualTo(new float[] { 15, 26 }));
            Assert.That(second.Shape, Is.EqualTo(new long[] { 1, 2 }));
        }
    }

    [Test]
    public void Run_BoundTensorWasDisposed_StillReadsItsMemory()
    {
        using OrtSession session = CreateSession();
        using OrtBinding binding = session.CreateBinding();
        using (OrtTensor x = Library.CreateTensor<float>(new float[] { 1, 2 }, [1, 2]))
        using (OrtTensor w = Library.CreateTensor<float>(new float[] { 3, 4 }, [2]))
        {
            binding.BindInput("x", x);
            binding.BindInput("w", w);
        }

        binding.BindOutput("y");

        Assert.That(RunOnce(session, binding), Is.EqualTo(new float[] { 4, 6 }));
    }

    [Test]
    public void Dispose_SessionBeforeItsBinding_ReleasesBothInTheEnd()
    {
        OrtSession session = CreateSession();
        OrtBinding binding = session.CreateBinding();

        session.Dispose();
        Assert.That(Library.LiveHandles, Is.GreaterThan(0), "the binding keeps its session");
        binding.Dispose();

        Assert.That(() => session.CreateBinding(), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Run_InputIsMissing_ThrowsNamingIt()
    {
        using OrtSession session = CreateSession();
        using OrtTensor x = Library.CreateTensor<float>(new float[2], [1, 2]);
        using OrtBinding binding = session.CreateBinding();
        binding.BindInput("x", x);
        binding.BindOutput("y");

        Assert.That(() => session.Run(binding), Throws.TypeOf<NativeException>().With.Message.Contains("w"));
    }

    [Test]
    public void Run_ShapesDoNotFit_ThrowsNamingTheInput()
    {
        using OrtSession session = CreateSession();
        using OrtTensor x = Library.CreateTensor<float>(new float[3], [1, 3]);
        using OrtTensor w = Library.CreateTensor<float>(new float[2], [2]);
        using OrtBinding binding = session.CreateBinding();
        binding.BindInput("x", x);
        binding.BindInput("w", w);
        binding.BindOutput("y");

        Assert.That(
            () => session.Run(binding),
            Throws.TypeOf<NativeException>().With.Message.Contains("for input: x").IgnoreCase.And.Message.Not.Contains("\n"));
    }

    [Test]
    public void BindInput_NoSuchInput_Throws()
    {
        using OrtSession session = CreateSession();
        using OrtTensor x = Library.CreateTensor<float>(new float[2], [2]);
        using OrtBinding binding = session.CreateBinding();

        Assert.That(() => binding.BindInput("nobody", x), Throws.TypeOf<NativeException>().With.Message.Contains("nobody"));
    }

    [Test]
    public void Read_OtherElementType_Throws()
    {
        using OrtTensor tensor = Library.CreateTensor<long>(new long[] { 7 }, [1]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tensor.Read<long>()[0], Is.EqualTo(7));
            Assert.That(() => tensor.Read<float>().Length, Throws.ArgumentException);
        }
    }

    [Test]
    public void Rows_OfWrappedMemoryAndOfAnOutput_AreSeenThroughAndOutliveThem()
    {
        float[] memory = [1, 2, 3, 4, 5, 6];
        using OrtSession session = CreateSession();
        using OrtBinding binding = session.CreateBinding();
        binding.BindOutput("y");
        OrtTensor whole = Library.CreateTensor<float>(memory, [3, 2]);
        using OrtTensor part = whole.Rows(1, 2);
        whole.Dispose();
        memory[2] = 30;
        using OrtTensor w = Library.CreateTensor<float>(new float[] { 10, 20 }, [2]);
        binding.BindInput("x", part);
        binding.BindInput("w", w);
        session.Run(binding);
        OrtTensor sum = binding.TakeOutputs()[0];
        using OrtTensor last = sum.Rows(1, 1);
        using OrtTensor all = sum.View();
        sum.Dispose();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.Read<float>().ToArray(), Is.EqualTo(new float[] { 40, 24, 15, 26 }));
            Assert.That(last.Read<float>().ToArray(), Is.EqualTo(new float[] { 15, 26 }));
            Assert.That(last.Shape, Is.EqualTo(new long[] { 1, 2 }));
            Assert.That(() => all.Rows(1, 2), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => all.Rows(-1, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void CreateTensor_ShapeDoesNotFitTheMemory_Throws()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Library.CreateTensor<float>(new float[4], [3]), Throws.ArgumentException);
            Assert.That(() => Library.CreateTensor<float>(new float[4], [-2, -2]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Library.CreateTensor<char>(new char[4], [4]), Throws.TypeOf<NotSupportedException>());
        }
    }

    [Test]
    public void CreateSession_EmptyModel_Throws() =>
        Assert.That(() => Library.CreateSession([], new OrtSessionSettings()), Throws.TypeOf<NativeException>());

    [Test]
    public void CreateSession_UnknownOperator_ThrowsNamingIt() =>
        Assert.That(() => CreateSession("Levitate"), Throws.TypeOf<NativeException>().With.Message.Contains("Levitate"));

    [Test]
    public void CreateSession_NoThreads_Throws() =>
        Assert.That(
            () => Library.CreateSession(AddModel.Build(), new OrtSessionSettings { Threads = 0 }),
            Throws.TypeOf<ArgumentOutOfRangeException>());

    private static float[] RunOnce(OrtSession session, OrtBinding binding)
    {
        session.Run(binding);
        OrtTensor[] outputs = [.. binding.TakeOutputs()];
        using OrtTensor output = outputs.Single();
        return output.Read<float>().ToArray();
    }
}
