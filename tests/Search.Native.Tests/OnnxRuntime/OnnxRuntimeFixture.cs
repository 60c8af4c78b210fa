using Search.Native.OnnxRuntime;

namespace Search.Native.Tests.OnnxRuntime;

// Sessions own thread pools: fixtures beside one another would fight for cores and count each other's handles as noise.
[NonParallelizable]
internal abstract class OnnxRuntimeFixture
{
    protected OnnxRuntimeLibrary Library { get; private set; } = null!;

    [SetUp]
    public void LoadLibrary()
    {
        try
        {
            Library = OnnxRuntimeLibrary.Load();
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }
    }

    [TearDown]
    public void NoHandleIsLeft()
    {
        if (Library is not null)
        {
            Assert.That(Library.LiveHandles, Is.Zero, "native objects not released");
        }
    }

    protected OrtSession CreateSession(string operatorType = "Add") =>
        Library.CreateSession(AddModel.Build(operatorType), new OrtSessionSettings { Threads = 1 });
}
