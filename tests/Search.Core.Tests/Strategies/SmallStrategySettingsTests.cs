using Search.Controller;
using Search.Strategies;
using Search.Yaml;
using YamlDotNet.Serialization;

namespace Search.Tests.Strategies;

public sealed class SmallStrategySettingsTests
{
    [TestCase("name: genetic")]
    [TestCase("name: genetic\npopulation: 40\nselection: tournament\ntournament_size: 3\ncrossover: sbx\ncrossover_index: 20\nmutation_probability: 0.2\nreinsertion: elitist\nelite: 2\nstagnation: 9")]
    [TestCase("name: genetic\nscheme: steady_state\nselection: rank\npressure: 1.5\ncrossover: blx\nalpha: 0.3\nmutation: gaussian\nmutation_deviation: 0.07\nreinsertion: pure\ngenerations: 4")]
    [TestCase("name: genetic\nselection: elite\nfraction: 0.25\ncrossover: arithmetic\ncrossover_probability: 0.5\noffspring: 7\nspread: 0.1\nmutation_index: 5")]
    [TestCase("name: genetic\nselection: roulette\ncrossover: uniform")]
    [TestCase("name: one_plus_one\nsigma: 0.2")]
    [TestCase("name: spsa\nstep: 0.1\nperturbation: 0.02\ndirections: 4\ngains: spall")]
    [TestCase("name: response_surface\nsigma: 0.3\npopulation: 12")]
    [TestCase("name: grid\npoints: 4")]
    [TestCase("name: dirichlet\nconcentration: 0.5\ntotal: 1.2")]
    [TestCase("name: bayesian")]
    [TestCase("name: bayesian\nacquisition: thompson\nprior: gamma\nkernel: squared_exponential\ninitial: 9\nbatch: 64")]
    [TestCase("name: bayesian\nacquisition: hedge\nprior: dimension_scaled\nbatch: 3")]
    [TestCase("name: bayesian\nprior: distances")]
    [TestCase("name: parego\nprior: distances\ninitial: 5")]
    [TestCase("name: nehvi\nprior: distances\nbatch: 2")]
    [TestCase("name: turbo")]
    [TestCase("name: turbo\ninitial: 12\nbatch: 7")]
    [TestCase("name: portfolio")]
    [TestCase("name: random")]
    [TestCase("name: sobol")]
    [TestCase("name: greedy_soup")]
    public void Entries_SettingsRead_ReadBackToTheSame(string yaml)
    {
        StrategySettings settings = Read(yaml);
        Dictionary<string, object> entries = YamlText.Present([("name", settings.Name), .. settings.Entries()]);
        StrategySettings again = Read(new SerializerBuilder().Build().Serialize(entries));
        Assert.That(YamlText.Present(again.Entries()), Is.EqualTo(YamlText.Present(settings.Entries())));
        Dictionary<object, object> written = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(yaml);
        written.Remove("scheme"); // written out as the number of children
        foreach ((object key, object value) in written)
        {
            Assert.That(Convert.ToString(entries[(string)key], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(value));
        }
    }

    [TestCase("name: genetic\nselection: best")]
    [TestCase("name: genetic\nalpha: 0.3")]
    [TestCase("name: genetic\npopulation: 1")]
    [TestCase("name: spsa\nperturbation: 0.6")]
    [TestCase("name: grid\npoints: 1")]
    [TestCase("name: bayesian\nacquisition: ei")]
    [TestCase("name: bayesian\nprior: flat")]
    [TestCase("name: bayesian\nkernel: matern")]
    [TestCase("name: bayesian\ninitial: 1")]
    [TestCase("name: bayesian\nbatch: 65")]
    [TestCase("name: turbo\nbatch: 0")]
    [TestCase("name: turbo\nacquisition: ucb")]
    [TestCase("name: random\nseed: 1")]
    public void Read_UnknownOrOutOfRange_IsAnErrorAtItsLine(string yaml) =>
        Assert.That(() => Read(yaml), Throws.InstanceOf<StudyException>().With.Message.Contains(":3:"));

    private static StrategySettings Read(string yaml)
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.yaml");
        File.WriteAllText(path, $"strategy:\n  {yaml.ReplaceLineEndings("\n").TrimEnd().Replace("\n", "\n  ", StringComparison.Ordinal)}\n");
        try
        {
            return StrategyList.Read(YamlMap.Load(path, [], requireFiles: false).Map("strategy"), new StrategyLimits(-0.5, 1.5, 3));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
