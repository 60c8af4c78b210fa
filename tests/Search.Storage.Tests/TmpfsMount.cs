using System.Diagnostics;

namespace Search.Storage.Tests;

/// <summary>A small file system of its own, for a disk that is really full or read-only.</summary>
internal sealed class TmpfsMount : IDisposable
{
    private readonly string _folder;

    /// <summary>Mounts over a folder, or ignores the test where this process may not.</summary>
    public TmpfsMount(string folder)
    {
        _folder = folder;
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || Try("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder) != 0)
        {
            Assert.Ignore("mounting a small file system takes Linux and root");
        }
    }

    public void MakeReadOnly() => Assert.That(Try("mount", "-o", "remount,ro", _folder), Is.Zero);

    public void MakeWritable() => Assert.That(Try("mount", "-o", "remount,rw", _folder), Is.Zero);

    public void Dispose() => Try("umount", "-l", _folder);

    private static int Try(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
