using System.Diagnostics;
using Search.Native.Torch;

namespace Search.Native.Tests.Torch;

internal sealed class BridgeBuildTests : TorchFixture
{
    private string _folder = string.Empty;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("search bridge ").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Build_FolderThatIsNotThere_SaysSoAndLeavesNothing()
    {
        (int code, string error) = Build(Path.Combine(_folder, "none"));
        Assert.That(code, Is.Not.Zero);
        Assert.That(error, Is.EqualTo($"search: torch bridge: SEARCH_LIBTORCH is '{_folder}/none', which is no folder\n"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public void Build_FolderWithoutHeaders_SaysSo()
    {
        (int code, string error) = Build(_folder);
        Assert.That(code, Is.Not.Zero);
        Assert.That(error, Is.EqualTo($"search: torch bridge: SEARCH_LIBTORCH is '{_folder}', which has no 'include' folder\n"));
    }

    [Test]
    public void Build_FolderWithoutLibraries_SaysSo()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "include"));
        (int code, string error) = Build(_folder);
        Assert.That(code, Is.Not.Zero);
        Assert.That(error, Is.EqualTo($"search: torch bridge: SEARCH_LIBTORCH is '{_folder}', which has no 'lib/libtorch.so'\n"));
    }

    [Test]
    public void Check_BridgeOfThisLibtorch_IsAccepted()
    {
        Assert.That(() => TorchLibrary.Check("b.so", "1.13.1", "1.13.1", "", null), Throws.Nothing);
        Assert.That(() => TorchLibrary.Check("b.so", "2.6.0", "2.6.0+cu124", "/opt/torch", "/opt/torch/"), Throws.Nothing);
        Assert.That(() => TorchLibrary.Check("b.so", "2.6.0", "", "/opt/torch", ""), Throws.Nothing, "a libtorch that does not say");
    }

    [TestCase("1.13.1", "2.6.0", "", null, "b.so was built against libtorch 1.13.1 but found 2.6.0 at run time: run ")]
    [TestCase("1.13.1", "1.13.1", "", "/opt/torch", "SEARCH_LIBTORCH is '/opt/torch', but b.so was built against the system's libtorch: run ")]
    [TestCase("2.6.0", "2.6.0", "/opt/torch", "/opt/other", "SEARCH_LIBTORCH is '/opt/other', but b.so was built against /opt/torch: run ")]
    public void Check_BridgeOfAnotherLibtorch_IsRefused(string compiled, string loaded, string folder, string? wanted, string message) =>
        Assert.That(() => TorchLibrary.Check("b.so", compiled, loaded, folder, wanted), Throws.TypeOf<NativeException>().With.Message.StartsWith(message).And.Message.EndsWith("torch-bridge/build.sh again."));

    private (int Code, string Error) Build(string libtorch)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "torch-bridge/build.sh"), [Path.Combine(_folder, "out.so")]) { RedirectStandardError = true };
        start.Environment["SEARCH_LIBTORCH"] = libtorch;
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
