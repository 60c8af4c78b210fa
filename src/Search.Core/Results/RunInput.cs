using System.Security.Cryptography;

namespace Search.Results;

/// <summary>A file that a run reads.</summary>
/// <param name="Path">Its path, relative to the run's folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Modified">When it was last written, UTC.</param>
/// <param name="Sha256">The hash of its content, lower-case hexadecimal.</param>
public sealed record RunInput(string Path, long Bytes, DateTime Modified, string Sha256)
{
    /// <summary>Describes a file as it is now.</summary>
    /// <param name="run">The run.</param>
    /// <param name="path">The file.</param>
    public static RunInput Of(RunDirectory run, string path)
    {
        var file = new FileInfo(path);
        return new RunInput(System.IO.Path.GetRelativePath(run.Path, file.FullName).Replace('\\', '/'), file.Length, file.LastWriteTimeUtc, Hash(path));
    }

    /// <summary>What has changed since, or null. A file of the same length and time is taken to be the same; otherwise its content decides.</summary>
    /// <param name="run">The run.</param>
    public string? Change(RunDirectory run)
    {
        var file = new FileInfo(System.IO.Path.GetFullPath(Path, run.Path));
        string recorded = $"recorded were {Bytes} bytes with SHA-256 {Short(Sha256)}";
        if (!file.Exists)
        {
            return $"{file.FullName} is gone ({recorded})";
        }

        if (file.Length == Bytes && file.LastWriteTimeUtc == Modified)
        {
            return null;
        }

        string hash = Hash(file.FullName);
        return hash == Sha256 ? null : $"{file.FullName} has {file.Length} bytes with SHA-256 {Short(hash)} ({recorded})";
    }

    /// <summary>Whether the file is as long and as old as it was, and so taken to be the same.</summary>
    /// <param name="run">The run.</param>
    public bool IsUntouched(RunDirectory run)
    {
        var file = new FileInfo(System.IO.Path.GetFullPath(Path, run.Path));
        return file.Exists && file.Length == Bytes && file.LastWriteTimeUtc == Modified;
    }

    /// <summary>The SHA-256 of a file's content.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Lower-case hexadecimal digits.</returns>
    public static string Hash(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string Short(string hash) => hash[..Math.Min(12, hash.Length)];
}
