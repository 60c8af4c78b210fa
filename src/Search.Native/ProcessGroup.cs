using System.Runtime.InteropServices;

namespace Search.Native;

/// <summary>Processes that were started together.</summary>
internal static partial class ProcessGroup
{
    private const int Kill = 9;

    /// <summary>Ends every process of a group at once; of a group that is gone, nothing.</summary>
    /// <param name="leader">The process that the group is named after; never one that other processes of this session share a group with.</param>
    public static void End(int leader) => _ = kill(-leader, Kill);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
