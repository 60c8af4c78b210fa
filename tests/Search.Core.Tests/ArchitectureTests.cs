using System.Xml.Linq;

namespace Search.Tests;

public sealed class ArchitectureTests
{
    // Core and Native stand alone; the engines and the ledger know both; only the command line knows all.
    [TestCase("Search.Core")]
    [TestCase("Search.Native")]
    [TestCase("Search.Evaluation", "Search.Core", "Search.Native")]
    [TestCase("Search.Storage", "Search.Core", "Search.Native")]
    [TestCase("Search.Cli", "Search.Core", "Search.Evaluation", "Search.Native", "Search.Storage")]
    public void Project_References_PointDownOnly(string project, params string[] allowed)
    {
        XDocument file = XDocument.Load(Path.Combine(Source(), project, $"{project}.csproj"));
        Assert.That(file.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)), Is.EquivalentTo(allowed));
    }

    [TestCase("Strategies", "Search.Checkpoints", "Search.Merging", "Search.Evaluation", "Search.Controller")]
    [TestCase("Evaluation", "Search.Strategies", "Search.Controller")]
    public void Folder_Usings_DoNotSeeWhatTheyMustNot(string folder, params string[] forbidden)
    {
        string[] lines = [.. Directory.EnumerateFiles(Path.Combine(Source(), "Search.Core", folder), "*.cs", SearchOption.AllDirectories).SelectMany(File.ReadLines)];
        Assert.That(lines, Has.None.Matches<string>(line => forbidden.Any(name => line.StartsWith($"using {name}", StringComparison.Ordinal))));
        Assert.That(lines, Is.Not.Empty);
    }

    [Test]
    public void UnsafeCode_IsInNativeOnly()
    {
        string[] projects = [.. Directory.EnumerateFiles(Source(), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("AllowUnsafeBlocks", StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension).OfType<string>()];
        Assert.That(projects, Is.EqualTo(new[] { "Search.Native" }));
    }

    private static string Source()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Search.sln")))
            {
                return Path.Combine(folder.FullName, "src");
            }
        }

        throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
