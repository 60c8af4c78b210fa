using Search.Native;
using Search.Native.Torch;

namespace Search.Cli.Tests;

/// <summary>The libtorch that studies find; tests that need it are skipped where there is none.</summary>
internal static class Torch
{
    /// <summary>Skips the test, with what the library's absence is reported by, where there is none.</summary>
    public static void Require()
    {
        try
        {
            TorchLibrary.Describe();
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }
    }
}
