using Search.Native;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>Whether libtorch is there.</summary>
internal static class TorchInstallation
{
    private static readonly Lazy<string?> Missing = new(() =>
    {
        try
        {
            TorchLibrary.Describe();
            return null;
        }
        catch (NativeException exception)
        {
            return exception.Message;
        }
    });

    /// <summary>
    /// Ignores the running test where libtorch is missing. Its operators run on one thread: several would wait for one another on tensors
    /// as small as these.
    /// </summary>
    public static void Require()
    {
        if (Missing.Value is { } reason)
        {
            Assert.Ignore(reason);
        }

        TorchLibrary.SetThreads(1);
    }
}
