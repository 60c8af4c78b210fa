using Search.Controller;
using Search.Evaluation;
using Search.Merging;

namespace Search.Tests.Controller;

public sealed class StudyFileTests : IDisposable
{
    private const string Minimal = """
        model:
          graph: graph.onnx
          base: base.safetensors
          experts: { a: a.safetensors, b: b.safetensors }
        tasks:
          a: { search: a.search.safetensors }
          other: { expert: b, search: b.search.safetensors, report: b.report.safetensors }
        budget: { evaluations: 10 }
        """;

    private readonly TemporaryFolder _folder = new();

    public StudyFileTests()
    {
        foreach (string name in new[] { "graph.onnx", "base.safetensors", "a.safetensors", "b.safetensors", "a.search.safetensors", "b.search.safetensors", "b.report.safetensors" })
        {
            _folder.Write(name, "");
        }
    }

    [Test]
    public void Read_Minimal_FillsTheDefaultsIn()
    {
        StudyDefinition study = Read(Minimal);
        Assert.Multiple(() =>
        {
            Assert.That(study.Name, Is.EqualTo(Path.GetFileName(_folder.Path)));
            Assert.That(study.Tasks[0].Expert, Is.EqualTo("a"), "a task's expert is the one of its name");
            Assert.That(study.Merge.Operator, Is.EqualTo(MergeOperator.TaskArithmetic));
            Assert.That(study.Merge.Granularity, Is.EqualTo(Granularity.Block));
            Assert.That((study.Merge.Lower, study.Merge.Upper, study.Merge.Initial), Is.EqualTo((-0.5, 1.5, 0.3)));
            Assert.That(study.Objectives, Is.EqualTo(new[] { new Objective("entropy", Aggregation.Mean) }));
            Assert.That(study.Strategy, Is.EqualTo(new StrategyDefinition("cma_es", 2.0 / 6, null)));
            Assert.That(study.Evaluator, Is.EqualTo(new EvaluatorDefinition("auto", "auto", 64, 0)));
            Assert.That(study.Budget, Is.EqualTo(new BudgetDefinition(10, null, null)));
            Assert.That(study.Seed, Is.Zero);
            Assert.That(study.Tasks[1].Batches[DataRole.Report], Is.EqualTo(_folder.File("b.report.safetensors")));
        });
    }

    [Test]
    public void Write_ThenRead_GivesTheSameStudyFromAnotherFolder()
    {
        StudyDefinition study = Read(Minimal + "\nseed: 7\nname: again\ninputs: { image: { scale: 0.00784313725490196, offset: -1 } }\nmerge: { settings: { buffers: base }, blocks: ['^a\\.(\\d+)'] }\nstrategy: { population: 12 }");
        string run = Directory.CreateDirectory(_folder.File("results/again/run 1")).FullName;
        File.WriteAllText(Path.Combine(run, "study.yaml"), StudyText.Write(study, run));
        StudyDefinition back = StudyFile.Read(Path.Combine(run, "study.yaml"), []);
        Assert.That(StudyText.Write(back, _folder.Path), Is.EqualTo(StudyText.Write(study, _folder.Path)));
        Assert.That(back.Inputs["image"], Is.EqualTo(study.Inputs["image"]));
        Assert.That(back.Strategy, Is.EqualTo(study.Strategy));
    }

    [Test]
    public void Read_Overrides_ReplaceSettings()
    {
        StudyDefinition study = StudyFile.Read(Save(Minimal), ["budget.evaluations=5", "budget.target=0.2", "merge.granularity=model", "merge.bounds=[0, 1]", "budget.time=90s"]);
        Assert.That(study.Budget, Is.EqualTo(new BudgetDefinition(5, TimeSpan.FromSeconds(90), 0.2)));
        Assert.That((study.Merge.Granularity, study.Merge.Upper), Is.EqualTo((Granularity.Model, 1.0)));
    }

    // addition to the minimal study, line of the error in it, text in the message
    [TestCase("stratgy: { name: cma_es }", 9, "'stratgy' is not a key here (did you mean 'strategy'?)")]
    [TestCase("strategy: { name: cma }", 9, "'strategy.name' must be one of cma_es, got 'cma'")]
    [TestCase("strategy: { sigma: 0 }", 9, "'strategy.sigma' must be a number from")]
    [TestCase("strategy: { population: 1 }", 9, "'strategy.population' must be a whole number from 2")]
    [TestCase("merge: { granularity: blok }", 9, "(did you mean 'block'?)")]
    [TestCase("merge: { bounds: [1, 0] }", 9, "lower < upper, got [1, 0]")]
    [TestCase("merge: { bounds: [0, .nan] }", 9, "'merge.bounds' must be a number, got '.nan'")]
    [TestCase("merge: { initial: 3 }", 9, "'merge.initial' must be a number from -0.5 to 1.5, got '3'")]
    [TestCase("merge: { blocks: ['('] }", 9, "must hold regular expressions")]
    [TestCase("objectives: [ { score: accuracy } ]", 9, "accuracy needs labels, and labels are only reported")]
    [TestCase("evaluator: { engine: tensorflow }", 9, "'evaluator.engine' must be one of auto, onnxruntime")]
    [TestCase("evaluator: { device: gpu }", 9, "must be auto, cpu, cuda or cuda:i, got 'gpu'")]
    [TestCase("seed: -1", 9, "'seed' must be a whole number of at least 0, got '-1'")]
    [TestCase("seed: 1\nseed: 2", 10, "is not valid YAML")]
    [TestCase("seed: [", 9, "is not valid YAML")]
    public void Read_BrokenKey_NamesFileLineKeyRuleAndValue(string addition, int line, string message)
    {
        string path = Save($"{Minimal}\n{addition}\n");
        Assert.That(() => StudyFile.Read(path, []), Throws.TypeOf<StudyException>().With.Message.StartsWith($"{path}:{line}:").Or.Message.StartsWith($"{path}:{line + 1}:"));
        Assert.That(() => StudyFile.Read(path, []), Throws.TypeOf<StudyException>().With.Message.Contains(message));
    }

    [TestCase("budget: { evaluations: 10 }", "", "'budget' is missing")]
    [TestCase("evaluations: 10", "evaluation: 10", "'budget.evaluation' is not a key here (did you mean 'evaluations'?)")]
    [TestCase("evaluations: 10", "time: 3 hours", "must be a duration such as 90s")]
    [TestCase("base: base.safetensors", "base: bse.safetensors", ":3: 'model.base' names a file that is not there: 'bse.safetensors'")]
    [TestCase("base: base.safetensors", "base: bse.safetensors", "(did you mean 'base.safetensors'?)")]
    [TestCase("expert: b,", "expert: c,", ":7: 'tasks.other.expert' must be one of a, b, got 'c'")]
    [TestCase("report: b.report.safetensors", "report: b.search.safetensors", "in several roles")]
    [TestCase("model:", "modle:", "'model' is missing (did you mean 'modle'?)")]
    public void Read_BrokenStudy_SaysWhatIsWrong(string text, string replacement, string message) =>
        Assert.That(() => Read(Minimal.Replace(text, replacement, StringComparison.Ordinal)), Throws.TypeOf<StudyException>().With.Message.Contains(message));

    [TestCase("budget.evaluations")]
    [TestCase("=3")]
    public void Read_MalformedOverride_IsRefused(string setting) =>
        Assert.That(() => StudyFile.Read(Save(Minimal), [setting]), Throws.TypeOf<StudyException>().With.Message.Contains("key=value"));

    public void Dispose() => _folder.Dispose();

    private string Save(string text) => _folder.Write("study.yaml", text);

    private StudyDefinition Read(string text) => StudyFile.Read(Save(text), []);
}
