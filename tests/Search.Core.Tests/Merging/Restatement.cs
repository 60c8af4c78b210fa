using System.ComponentModel;
using System.Diagnostics;

namespace Search.Tests.Merging;

// The programs in tests/tools that have operators from their formulas again.
internal static class Restatement
{
    private const string Python = "/usr/bin/python3"; // Debian's, which has Debian's NumPy

    // What a program prints; the test is left out, and counted so, where it cannot run.
    public static string Run(string script, params string[] arguments)
    {
        Process process;
        try
        {
            string path = Path.Combine(TestContext.CurrentContext.TestDirectory, "tools", script);
            process = Process.Start(new ProcessStartInfo(Python, [path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{Python} is not installed");
            throw;
        }

        using (process)
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (errors.Result.Contains("No module named 'numpy'", StringComparison.Ordinal))
            {
                Assert.Ignore("python3-numpy is not installed");
            }

            Assert.That(process.ExitCode, Is.Zero, errors.Result);
            return output;
        }
    }
}
