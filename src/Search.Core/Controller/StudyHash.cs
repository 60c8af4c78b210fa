using System.Security.Cryptography;
using System.Text;
using Search.Checkpoints;
using Search.Evaluation;

namespace Search.Controller;

/// <summary>Names studies by what they say and what their files hold, those that a command names among them.</summary>
public static class StudyHash
{
    private const int Digits = 12;

    /// <summary>
    /// Hashes a resolved study with the content of its files in place of their paths: it stays when files move, and changes when a setting or a
    /// file's content does.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="hash">The hash of one file's content.</param>
    /// <returns>Twelve hexadecimal digits.</returns>
    /// <exception cref="SearchException">A file cannot be read or is not what it should be.</exception>
    public static string Of(StudyDefinition study, Func<string, string> hash)
    {
        CommandOptions? command = study.Evaluator.Command;

        // Where preparations are kept changes no number.
        string text = StudyText.Write(study with { Merge = study.Merge with { Cache = null } }, path => string.Join('+', (path == command?.Folder ? command.Files : Files(path)).Select(hash)));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Digits];
    }

    // The files that a path of a study stands for: another run's model, a graph with its external data, a checkpoint with its shards.
    private static IEnumerable<string> Files(string path)
    {
        string found = Path.Combine(path, "best", "manifest.json");
        if (File.Exists(found))
        {
            return [found];
        }

        if (path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            return GraphSummary.Read(path).ExternalFiles.Where(File.Exists).Prepend(path);
        }

        using Checkpoint checkpoint = Checkpoint.Open(path);
        IEnumerable<string> shards = checkpoint.Tensors.Select(tensor => tensor.File).Distinct().Order(StringComparer.Ordinal);
        return [.. File.Exists(path) ? shards.Except([path]).Prepend(path) : shards];
    }
}
