using System.Globalization;
using System.Text.Json;
using Search.Checkpoints;
using YamlDotNet.RepresentationModel;

namespace Search.Cli.Tests;

/// <summary>What an export holds beside the weights.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly TinyStudy _study = new(layers: 12);

    [Test]
    public void Export_EverythingAsked_IsWrittenVouchedForAndReplacedWhole()
    {
        Assert.That(Search("run", _study.Path, "--run-id", "one", "--set", "budget.evaluations=10").ExitCode, Is.Zero);
        string folder = _study.File("out");
        SearchProcess export = Search("export", "one", "--shard-size", "4K", "--onnx", "--dtype", "bfloat16", "-o", folder);
        Assert.That(export.ExitCode, Is.Zero, export.Error);
        string[] Files() => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")));
        string card = File.ReadAllText(Path.Combine(folder, "README.md"));
        Assert.Multiple(() =>
        {
            Assert.That(Files(), Does.Contain("model-00001-of-00002.safetensors").And.Contain("onnx/a.onnx").And.Contain("private/b.safetensors").And.Contain("mergekit.yaml"));
            Assert.That(manifest.RootElement.GetProperty("files").EnumerateObject().Select(file => file.Name).Append("manifest.json"), Is.EquivalentTo(Files()));
            Assert.That(manifest.RootElement.GetProperty("operator").GetProperty("name").GetString(), Is.EqualTo("task_arithmetic"));
            Assert.That(card, Does.Contain("objective (lower is better)").And.Contain("accuracy on report data (higher is better)").And.Contain("| layers.11 | ").And.Contain("search export one --trial"));
        });
        using (Checkpoint sharded = Checkpoint.Open(folder))
        {
            Assert.That(sharded.Find("layers.3.weight")!.Type, Is.EqualTo(TensorType.BF16));
        }

        Assert.That(Search("export", "one", "-o", folder).ExitCode, Is.Zero);
        Assert.That(Files(), Does.Contain("model.safetensors").And.None.Contains("-of-").And.None.StartsWith("onnx"), "nothing of the earlier export is left to be mistaken for this one's");
        Assert.That(Search("export", "one", "-o", folder, "--shard-size", "12").Error, Does.Contain("--shard-size: must be at least 1024 bytes, got '12'"));
    }

    [Test]
    public void Export_FolderThatHoldsSomethingElse_IsRefusedAndNothingIsTouched()
    {
        Assert.That(Search("run", _study.Path, "--run-id", "one", "--set", "budget.evaluations=5").ExitCode, Is.Zero);
        string run = Path.Combine(_study.Results, "tiny", "one");
        string Refused(string folder, params string[] options)
        {
            SearchProcess export = Search(["export", "one", "-o", folder, .. options]);
            Assert.That(export.ExitCode, Is.Not.Zero);
            return export.Error;
        }

        Assert.That(Refused(run), Does.Contain("manifest.json: is not of an export that is whole"));
        Assert.That(Search("show", "one").ExitCode, Is.Zero, "the run is as it was");
        string theirs = Directory.CreateDirectory(_study.File("theirs")).FullName;
        File.WriteAllText(Path.Combine(theirs, "README.md"), "mine");
        Assert.That(Refused(theirs), Does.Contain("README.md: is not of an export"));
        File.WriteAllText(Path.Combine(theirs, "manifest.json"), "{ \"files\": { \"README.md\": \"\" } }");
        Refused(theirs);
        Assert.That(File.ReadAllText(Path.Combine(theirs, "README.md")), Is.EqualTo("mine"));

        string ours = _study.File("ours");
        Assert.That(Search("export", "one", "-o", ours).ExitCode, Is.Zero);
        File.AppendAllText(Path.Combine(ours, "README.md"), "notes of my own");
        Assert.That(Refused(ours), Does.Contain("README.md: is not of an export"));
        Assert.That(File.ReadAllText(Path.Combine(ours, "README.md")), Does.EndWith("notes of my own"));
        Assert.That(Refused(_study.File("free"), "--floor", "a=0.5"), Does.Contain("--floor says what is wanted of a front, and goes with --pick"));
    }

    [TestCase("task_arithmetic", "block", "task_arithmetic")]
    [TestCase("weighted_average", "tensor", "linear")]
    [TestCase("ties", "block", "ties", "--set", "merge.settings={ variant: mergekit, density: 0.5 }")]
    [TestCase("slerp", "block", "slerp")]
    [TestCase("nuslerp", "model", "nuslerp")]
    [TestCase("multislerp", "block", "multislerp")]
    public void Export_OperatorThatMergekitHas_GivesItsConfigurationTheSameCoefficients(string name, string granularity, string method, params string[] settings)
    {
        string[] merge = settings.Length > 0 ? ["--set", $"merge.operator={name}", "--set", $"merge.granularity={granularity}", .. settings] : ["--set", $"merge={{ operator: {name}, granularity: {granularity} }}"];
        SearchProcess run = Search(["run", _study.Path, "--run-id", "one", "--set", "budget.evaluations=12", .. merge]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string best = Path.Combine(_study.Results, "tiny", "one", "best");
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(best, "manifest.json")));
        JsonElement found = manifest.RootElement.GetProperty("coefficients");
        var yaml = new YamlStream();
        using (StreamReader text = File.OpenText(Path.Combine(best, "mergekit.yaml")))
        {
            yaml.Load(text);
        }

        var config = (YamlMappingNode)yaml.Documents[0].RootNode;
        Assert.That(config["merge_method"].ToString(), Is.EqualTo(method));
        string based = Path.GetFullPath(config.Children.TryGetValue("base_model", out YamlNode? named) ? named.ToString() : ".", best);
        Assert.That(based, Is.EqualTo(name is "task_arithmetic" or "ties" ? _study.File("base.safetensors") : name == "slerp" ? _study.File("a.safetensors") : best));
        if (name == "ties")
        {
            YamlNode options = config["parameters"];
            Assert.That((Plain(options["density"]), Plain(options["normalize"]), Plain(options["lambda"])), Is.EqualTo(("0.5", "true", "1")));
        }

        foreach (string expert in new[] { "a", "b" })
        {
            var model = ((YamlSequenceNode)config["models"]).Cast<YamlMappingNode>().Single(model => Path.GetFullPath(model["model"].ToString(), best) == _study.File($"{expert}.safetensors"));
            YamlNode setting = name == "slerp" ? config["parameters"]["t"] : model["parameters"]["weight"];
            for (int layer = 0; layer < 12; layer++)
            {
                string column = name == "slerp" ? "t" : expert;
                string tensor = $"layers.{layer}.weight";
                string group = granularity == "model" ? column : granularity == "block" ? $"{column}/layers.{layer}" : $"{column}/{tensor}";
                Assert.That(Value(setting, tensor), Is.EqualTo(found.GetProperty(group).GetDouble()), tensor);
            }
        }
    }

    [Test]
    public void Export_OperatorThatMergekitLacks_SaysWhy()
    {
        Assert.That(Search("run", _study.Path, "--run-id", "one", "--set", "budget.evaluations=5", "--set", "merge={ operator: tsv_m, granularity: model }").ExitCode, Is.Zero);
        string best = Path.Combine(_study.Results, "tiny", "one", "best");
        Assert.That(File.Exists(Path.Combine(best, "mergekit.yaml")), Is.False);
        Assert.That(File.ReadAllText(Path.Combine(best, "README.md")), Does.Contain("No configuration for mergekit: mergekit has no operator tsv_m"));
    }

    public void Dispose() => _study.Dispose();

    // As mergekit reads a setting: a number, or the first condition whose filter is absent or a part of the tensor's name (its config.py).
    private static double Value(YamlNode setting, string tensor) => setting is YamlSequenceNode conditions
        ? Value(conditions.Cast<YamlMappingNode>().First(condition => !condition.Children.ContainsKey("filter") || tensor.Contains(condition["filter"].ToString(), StringComparison.Ordinal))["value"], tensor)
        : double.Parse(Plain(setting), CultureInfo.InvariantCulture);

    // Quoted, a number or a flag would be a text.
    private static string Plain(YamlNode setting)
    {
        Assert.That(((YamlScalarNode)setting).Style, Is.EqualTo(YamlDotNet.Core.ScalarStyle.Plain));
        return setting.ToString();
    }

    private SearchProcess Search(params string[] arguments) => SearchProcess.Run([.. arguments, "--out", _study.Results]);
}
