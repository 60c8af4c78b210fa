using System.Diagnostics;

namespace Search.Storage.Tests;

internal sealed class RunLockTests : StorageFixture
{
    [Test]
    public void Acquire_HeldHere_NamesTheOwner()
    {
        using RunLock held = RunLock.Acquire(Run, new At(new DateTimeOffset(2025, 3, 4, 5, 6, 7, TimeSpan.Zero)));

        Assert.That(
            () => RunLock.Acquire(Run),
            Throws.TypeOf<StorageException>().With.Message.EqualTo(
                $"{Run}: the run is in use by process {Environment.ProcessId} on {Environment.MachineName} since 2025-03-04 05:06:07 UTC"));
    }

    [Test]
    public void Acquire_GivenBack_Succeeds()
    {
        RunLock.Acquire(Run).Dispose();
        RunLock.Acquire(Run).Dispose();

        Assert.That(File.Exists(Path.Combine(Run, RunLock.FileName)), Is.True);
    }

    [Test]
    public void Acquire_OwnerKilled_Succeeds()
    {
        using Process child = Children.Start("hold", Run);
        Assert.That(child.StandardOutput.ReadLine(), Is.EqualTo("held"));
        Assert.That(() => RunLock.Acquire(Run), Throws.TypeOf<StorageException>().With.Message.Contains($"in use by process {child.Id} on "));

        child.Kill();
        child.WaitForExit();

        Assert.That(() => RunLock.Acquire(Run).Dispose(), Throws.Nothing);
    }

    [Test]
    public void Acquire_NoSuchDirectory_NamesIt() =>
        Assert.That(() => RunLock.Acquire("/nowhere/run"), Throws.TypeOf<StorageException>().With.Message.Contains("/nowhere/run"));

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
