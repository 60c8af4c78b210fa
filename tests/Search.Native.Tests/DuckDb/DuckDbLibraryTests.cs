using System.Runtime.InteropServices;
using Search.Native.DuckDb;

namespace Search.Native.Tests.DuckDb;

internal sealed class DuckDbLibraryTests : DuckDbFixture
{
    [Test]
    public void Describe_Loaded_GivesFileAndVersion()
    {
        DuckDbDescription description = DuckDbLibrary.Describe();

        Assert.That(description.Path, Does.Contain("libduckdb"));
        Assert.That(description.Version, Does.Match(@"^v1\.\d+\.\d+"));
    }

    [Test]
    public void ResultData_Size_IsSixWords() => Assert.That(Marshal.SizeOf<DuckDbResultData>(), Is.EqualTo(48));

    [Test]
    public void Spec_Always_NamesVariableAndArchitecture()
    {
        Assert.That(DuckDbLibrary.Spec.EnvironmentVariable, Is.EqualTo("SEARCH_DUCKDB"));
        Assert.That(DuckDbLibrary.Spec.PackagePaths, Has.One.Matches<string>(path => path.EndsWith("/libduckdb.so", StringComparison.Ordinal)));
    }
}
