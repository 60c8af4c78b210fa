using Search.Native.DuckDb;

namespace Search.Native.Tests.DuckDb;

/// <summary>The base of fixtures that call libduckdb: ignored where it is absent, and no handle may be alive after a test.</summary>
[NonParallelizable] // Live handles are counted for the whole process.
internal abstract class DuckDbFixture
{
    private int _before;

    [SetUp]
    public void RequireLibrary()
    {
        _before = DuckDbHandle.LiveCount;
        try
        {
            DuckDbLibrary.Describe();
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }
    }

    [TearDown]
    public void AssertNoHandleIsAlive() => Assert.That(DuckDbHandle.LiveCount, Is.EqualTo(_before), "live handles");
}
