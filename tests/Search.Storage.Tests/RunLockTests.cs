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
                $"{Run}: the run is in use by process {Environment.ProcessId} on {Environment.MachineName} since 2025-03-04 05:06:07 UTC, last sign of life 2025-03-04 05:06:07 UTC"));
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
    public void Acquire_HeldForLong_TellsTheLastSignOfLifeAndThatItIsGivenBack()
    {
        var clock = new At(new DateTimeOffset(2025, 3, 4, 5, 6, 7, TimeSpan.Zero));
        using (RunLock held = RunLock.Acquire(Run, clock))
        {
            clock.Pass(TimeSpan.FromSeconds(95));
            Assert.That(() => RunLock.Acquire(Run), Throws.TypeOf<StorageException>().With.Message.EndsWith("since 2025-03-04 05:06:07 UTC, last sign of life 2025-03-04 05:07:42 UTC"));
        }

        clock.Pass(TimeSpan.FromSeconds(10));
        Assert.That(File.ReadAllText(Path.Combine(Run, RunLock.FileName)), Is.Empty);
    }

    [Test]
    public void Acquire_FileSystemWithoutLocks_GoesByTheSignsOfLife()
    {
        // What .NET does where the file system does not lock, and on request.
        using Process child = Children.Start("hold", Run, locks: false);
        Assert.That(child.StandardOutput.ReadLine(), Is.EqualTo("held"));
        using Process second = Children.Start("hold", Run, locks: false);
        Assert.That(second.StandardError.ReadToEnd(), Does.Contain($"the file system has no locks, and the run seems to be in use by process {child.Id} on "));
        child.Kill();
        child.WaitForExit();
        string file = Path.Combine(Run, RunLock.FileName);
        string owner = File.ReadAllText(file);
        File.WriteAllText(file, $"{owner[..owner.LastIndexOf("life ", StringComparison.Ordinal)]}life {DateTime.UtcNow.AddSeconds(-61):yyyy-MM-dd HH:mm:ss} UTC\n");
        using Process third = Children.Start("hold", Run, locks: false);
        Assert.That(third.StandardOutput.ReadLine(), Is.EqualTo("held"), "nobody was heard of for long");
        third.StandardInput.Close();
        third.WaitForExit();
        second.WaitForExit();
    }

    [Test]
    public void Acquire_NoSuchDirectory_NamesIt() =>
        Assert.That(() => RunLock.Acquire("/nowhere/run"), Throws.TypeOf<StorageException>().With.Message.Contains("/nowhere/run"));

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        private Action _beat = () => { };

        public override DateTimeOffset GetUtcNow() => now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _beat = () => callback(state);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }

        public void Pass(TimeSpan time)
        {
            now += time;
            _beat();
        }
    }
}
