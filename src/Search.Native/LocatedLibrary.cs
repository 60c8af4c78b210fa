namespace Search.Native;

/// <summary>A loaded native library; it stays loaded until the process ends.</summary>
/// <param name="Handle">The system's handle, for <see cref="System.Runtime.InteropServices.NativeLibrary.GetExport"/>.</param>
/// <param name="Path">The file, or the bare name where the system's loader chose the file.</param>
/// <param name="Tried">Every place looked at, in order, with what was found there; the last one is <paramref name="Path"/>.</param>
internal sealed record LocatedLibrary(nint Handle, string Path, IReadOnlyList<string> Tried);
