namespace Search.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Write_NewFile_HoldsTheContentAndNothingElseIsLeft()
    {
        AtomicFile.Write(_folder.File("a.bin"), stream => stream.Write([1, 2, 3]));
        Assert.That(File.ReadAllBytes(_folder.File("a.bin")), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(_folder.Names, Is.EqualTo(["a.bin"]));
    }

    [Test]
    public void Write_ExistingFile_StaysWholeUntilTheNewOneIs()
    {
        File.WriteAllText(_folder.File("a.txt"), "old and longer");
        AtomicFile.Write(_folder.File("a.txt"), stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.That(File.ReadAllText(_folder.File("a.txt")), Is.EqualTo("old and longer"));
        });
        Assert.That(File.ReadAllText(_folder.File("a.txt")), Is.EqualTo("new"));
    }

    [Test]
    public void Write_CallbackThrows_KeepsTheOldFileAndRemovesTheTemporaryOne()
    {
        File.WriteAllText(_folder.File("a.txt"), "old");
        Assert.That(
            () => AtomicFile.Write(_folder.File("a.txt"), stream =>
            {
                stream.Write("half"u8);
                throw new InvalidDataException("broken");
            }),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("broken"));
        Assert.That(File.ReadAllText(_folder.File("a.txt")), Is.EqualTo("old"));
        Assert.That(_folder.Names, Is.EqualTo(["a.txt"]));
    }

    [Test]
    public void Write_DiskFull_IsOneSentenceThatNamesTheFile()
    {
        Assert.That(
            () => AtomicFile.Write(_folder.File("a.txt"), _ => throw new IOException("No space left on device")),
            Throws.TypeOf<SearchException>().With.Message.EqualTo($"{_folder.File("a.txt")}: the file cannot be written: No space left on device"));
        Assert.That(_folder.Names, Is.Empty);
    }

    [Test]
    public void Write_MissingFolder_Throws() => Assert.That(
        () => AtomicFile.WriteAllText(_folder.File("no/a.txt"), ""),
        Throws.TypeOf<SearchException>().With.Message.StartsWith(_folder.File("no/a.txt")));

    [Test]
    public void Write_TargetIsAFolder_ThrowsAndRemovesTheTemporaryFile()
    {
        Directory.CreateDirectory(_folder.File("a"));
        Assert.That(() => AtomicFile.WriteAllText(_folder.File("a"), "x"), Throws.TypeOf<SearchException>());
        Assert.That(_folder.Names, Is.EqualTo(["a"]));
    }

    [Test]
    public void Write_RemainsOfAKilledRun_AreOverwritten()
    {
        File.WriteAllText(_folder.File("a.txt.tmp"), "something longer than what comes");
        AtomicFile.WriteAllText(_folder.File("a.txt"), "x");
        Assert.That(File.ReadAllText(_folder.File("a.txt")), Is.EqualTo("x"));
        Assert.That(_folder.Names, Is.EqualTo(["a.txt"]));
    }

    [Test]
    public void Write_TwoWritersAtOnce_TheSecondFailsAndTheFirstSucceeds()
    {
        AtomicFile.Write(_folder.File("a.txt"), stream =>
        {
            stream.Write("first"u8);
            Assert.That(() => AtomicFile.WriteAllText(_folder.File("a.txt"), "second"), Throws.TypeOf<SearchException>());
        });
        Assert.That(File.ReadAllText(_folder.File("a.txt")), Is.EqualTo("first"));
    }

    [Test]
    public void WriteAllText_NonAscii_IsUtf8WithoutByteOrderMark()
    {
        AtomicFile.WriteAllText(_folder.File("a.txt"), "é");
        Assert.That(File.ReadAllBytes(_folder.File("a.txt")), Is.EqualTo(new byte[] { 0xC3, 0xA9 }));
    }
}
