using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Search.Checkpoints;

namespace Search.Cli.Tests;

// 450 MB of models.
public sealed class MemoryCapTests
{
    private const int Tensors = 24;
    private const int Elements = 1_200_000;

    private static string _folder = "";

    [OneTimeSetUp]
    public static void Write()
    {
        _folder = Directory.CreateTempSubdirectory("search cap ").FullName;
        foreach (string name in new[] { "base", "a", "b", "c" })
        {
            SafetensorsWriter.Write(
                Path.Combine(_folder, $"{name}.safetensors"),
                [.. Enumerable.Range(0, Tensors).Select(t => new TensorContent($"t{t}", TensorType.F32, [Elements], (offset, bytes) => Fill(name[0] + t, (int)(offset / sizeof(float)), MemoryMarshal.Cast<byte, float>(bytes))))],
                new Dictionary<string, string>());
        }
    }

    [OneTimeTearDown]
    public static void Remove() => Directory.Delete(_folder, recursive: true);

    // A sum streams; masks and angles need whole tensors, a global trim all of them three times.
    [TestCase("task_arithmetic", "a: 0.3, b: 0.3, c: 0.2", 120)]
    [TestCase("karcher", "a: 0.3, b: 0.3, c: 0.2", 212)]
    [TestCase("ties", "merged: 1", 212)]
    public void Merge_CapBelowTheModels_StaysWithinIt(string name, string coefficients, double megabytes)
    {
        SearchProcess merge = Merge(name, coefficients, "192M");
        Assert.That(merge.ExitCode, Is.Zero, merge.Error);
        Match match = Regex.Match(merge.Output, "and ([0-9]+) MB of memory");
        Assert.That(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), Is.LessThanOrEqualTo(megabytes), "192 MiB are 201 MB");
    }

    [TestCase("64M", "must be at least 192M")]
    [TestCase("4X", "must be a number of bytes such as 512M or 4G, got '4X'")]
    public void Merge_CapThatIsNone_IsRefused(string cap, string words)
    {
        SearchProcess merge = Merge("task_arithmetic", "a: 1, b: 0, c: 0", cap);
        Assert.That(merge.ExitCode, Is.EqualTo(1));
        Assert.That(merge.Error, Does.Contain(words));
    }

    private static void Fill(int seed, int start, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ((((start + i) * 7919L) + (seed * 104_729L)) % 2003 / 1001.5f) - 1;
        }
    }

    private static SearchProcess Merge(string name, string coefficients, string cap)
    {
        string recipe = Path.Combine(_folder, $"{name}.yaml");
        File.WriteAllText(recipe, $"operator: {name}\nbase: base.safetensors\nexperts: {{ a: a.safetensors, b: b.safetensors, c: c.safetensors }}\ncoefficients: {{ {coefficients} }}\n");
        return SearchProcess.Run("merge", recipe, "-o", Path.Combine(_folder, "merged"), "--max-memory", cap);
    }
}
