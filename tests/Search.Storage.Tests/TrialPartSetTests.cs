namespace Search.Storage.Tests;

internal sealed class TrialPartSetTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("search-parts-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("", "", "", 0)]
    [TestCase("0 1 2", "0 1 2", "", 3)]
    [TestCase("0 1 2 0-1", "0-1 2", "0 1", 3)]
    [TestCase("3 0 1 2 0-1 0-2", "0-2 3", "0-1 0 1 2", 4)]
    [TestCase("0-1 2-4 3 5", "0-1 2-4 5", "3", 6)]
    [TestCase("99999999 100000000", "99999999 100000000", "", 100000001)]
    public void Scan_Parts_KeepsThoseNoOtherCovers(string parts, string current, string covered, long next)
    {
        foreach (string part in parts.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            File.WriteAllText(Path.Combine(_folder, Name(part)), string.Empty);
        }

        TrialPartSet set = TrialPartSet.Scan(_folder, part => part);

        Assert.That(Names(set.Current), Is.EqualTo(current.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Name)));
        Assert.That(Names(set.Covered), Is.EqualTo(covered.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Name)));
        Assert.That(set.Next, Is.EqualTo(next));
    }

    [Test]
    public void Scan_CoveringPartIsNoGood_KeepsThoseItWouldCover()
    {
        foreach (string part in new[] { "0", "1", "0-1", "2", "3" })
        {
            File.WriteAllText(Path.Combine(_folder, Name(part)), string.Empty);
        }

        TrialPartSet set = TrialPartSet.Scan(_folder, part => part.Last - part.First == 1 || part.First == 3 ? null : part);

        Assert.That(Names(set.Current), Is.EqualTo(new[] { "0", "1", "2" }.Select(Name)));
        Assert.That(set.Covered, Is.Empty);
        Assert.That(set.Next, Is.EqualTo(4), "a number that is taken is never given again");
    }

    [TestCase("part-00000001.parquet.tmp")]
    [TestCase("part-1.parquet")]
    [TestCase("part-00000002-00000001.parquet")]
    [TestCase("part-00000001-00000001.parquet")]
    [TestCase("part-999999999999999999.parquet")]
    [TestCase("part-00000000-999999999999999999.parquet")]
    [TestCase("notes.txt")]
    [TestCase("xpart-00000001.parquet")]
    public void Parse_OtherNames_AreNoParts(string name) => Assert.That(TrialPart.Parse(name), Is.Null);

    private static IEnumerable<string> Names(IEnumerable<TrialPart> parts) => parts.Select(part => Path.GetFileName(part.Path));

    private static string Name(string part) => $"part-{string.Join('-', part.Split('-').Select(number => number.PadLeft(8, '0')))}.parquet";
}
