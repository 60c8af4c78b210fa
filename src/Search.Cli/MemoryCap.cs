using System.CommandLine;

namespace Search.Cli;

/// <summary>What the process may use of memory, where a user says so.</summary>
internal static class MemoryCap
{
    // What the runtime and its libraries take before a model is opened.
    private const long Runtime = 96L << 20;

    private const long Least = 2 * Runtime;

    /// <summary>The option.</summary>
    public static Option<string?> Option() => new("--max-memory")
    {
        Description = "How much memory the process may take: 512M, 4G. What does not fit is read from the files again, a tensor at a time.",
        HelpName = "SIZE",
    };

    /// <summary>Caps the process's memory.</summary>
    /// <param name="size">A number of bytes with an optional K, M, G or T (powers of 1,024), or null for no cap.</param>
    /// <exception cref="SearchException">It is no size, or too small.</exception>
    public static void Apply(string? size)
    {
        if (size is null)
        {
            return;
        }

        double bytes = ByteSize.Parse("--max-memory", size);
        if (!(bytes >= Least))
        {
            throw new SearchException($"--max-memory: must be at least {Least >> 20}M, of which the program itself takes half, got {size}.");
        }

        AppContext.SetData("GCHeapHardLimit", (ulong)(Math.Min(bytes, long.MaxValue / 2) - Runtime));
        GC.RefreshMemoryLimit();
    }
}
