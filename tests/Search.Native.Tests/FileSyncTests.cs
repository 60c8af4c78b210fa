using Microsoft.Win32.SafeHandles;

namespace Search.Native.Tests;

internal sealed class FileSyncTests
{
    [Test]
    public void FileAndDirectory_Present_AreFlushed()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(file, "content");
        try
        {
            Assert.That(() => FileSync.File(file), Throws.Nothing);
            Assert.That(() => FileSync.Directory(Path.GetTempPath()), Throws.Nothing);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void File_Absent_NamesIt() =>
        Assert.That(() => FileSync.File("/nowhere/file"), Throws.InstanceOf<IOException>().With.Message.Contains("/nowhere/file"));

    [Test]
    public void OpenUnlocked_LockedFile_IsRead()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using FileStream locked = new(file, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose);
        locked.Write("owner"u8);
        locked.Flush();

        using SafeFileHandle? handle = FileSync.OpenUnlocked(file);
        if (handle is null)
        {
            Assert.Ignore("only Linux opens files unlocked");
        }

        byte[] content = new byte[5];
        Assert.That(RandomAccess.Read(handle, content, 0), Is.EqualTo(5));
        Assert.That(content, Is.EqualTo("owner"u8.ToArray()));
    }
}
