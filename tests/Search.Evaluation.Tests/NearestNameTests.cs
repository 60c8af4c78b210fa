namespace Search.Evaluation.Tests;

internal sealed class NearestNameTests
{
    [TestCase("wieght", "weight")]
    [TestCase("vit.head.bias", "model.vit.head.bias")]
    [TestCase("zzz", null)]
    public void Find_Name_GivesTheClosestThatIsClose(string name, string? expected) =>
        Assert.That(NearestName.Find(name, ["weight", "model.vit.head.bias", "model.vit.head.weight"]), Is.EqualTo(expected));

    [Test]
    public void Find_NoCandidates_GivesNull() => Assert.That(NearestName.Find("a", []), Is.Null);
}
