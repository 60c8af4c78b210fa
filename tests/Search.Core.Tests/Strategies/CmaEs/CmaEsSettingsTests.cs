using Search.Strategies;
using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class CmaEsSettingsTests
{
    [TestCase(false, 2000)]
    [TestCase(true, 200)]
    public void Create_MoreAxesThanAFullMatrixServes_NamesTheOthers(bool isPatient, int most)
    {
        CmaEsSettings settings = Settings(new CmaEsOptions { LearningRateAdaptation = isPatient });
        Assert.That(
            () => settings.Create(Box(most + 1), new StrategyContext(1, 1, null)),
            Throws.ArgumentException.With.Message.Contains($"at most {most} free coefficients, got {most + 1}: use vkd_cma_es, cr_fm_nes or sep_cma_es"));
    }

    [TestCase("Separable")]
    [TestCase("Vkd")]
    [TestCase("CrFmNes")]
    public void Create_ManyAxes_IsServedByTheOthers(string kind)
    {
        ISearchStrategy strategy = Settings(new CmaEsOptions { Kind = Enum.Parse<CmaEsKind>(kind) }).Create(Box(2001), new StrategyContext(1, 1, null));
        Assert.That(strategy.Ask(1).Single().Coefficients, Has.Count.EqualTo(2001));
    }

    [Test]
    public void Create_BudgetBelowTheNamedGeneration_IsRefused() =>
        Assert.That(
            () => Settings(new CmaEsOptions { PopulationSize = 20 }).Create(Box(3), new StrategyContext(1, 1, 19)),
            Throws.ArgumentException.With.Message.Contains("whole generations, of 20 candidates here").And.Message.Contains("got 19"));

    [Test]
    public void Create_BudgetOfOne_IsRefused() =>
        Assert.That(() => Settings(new CmaEsOptions()).Create(Box(3), new StrategyContext(1, 1, 1)), Throws.ArgumentException.With.Message.Contains("got 1"));

    [Test]
    public void Create_BudgetBelowTheDefaultGeneration_MakesASmallerOne() =>
        Assert.That(Settings(new CmaEsOptions()).Create(Box(3), new StrategyContext(1, 1, 5)).PopulationSize, Is.EqualTo(5));

    private static CmaEsSettings Settings(CmaEsOptions options) => new(options);

    private static SearchSpace Box(int n) => new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"x{i}", 0, 1, 0.5))]);
}
