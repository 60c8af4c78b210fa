using System.Globalization;
using Google.Protobuf;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Controller;

namespace Search.Tests.Controller;

public sealed class SweepFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SweepFileTests()
    {
        foreach (string name in new[] { "base", "a", "b", "a.search", "b.search" })
        {
            _folder.Safetensors($"{name}.safetensors", TensorContent.FromFloats("w", TensorType.F32, [2], new float[] { 1, name.Length }));
        }

        _folder.Write("graph.onnx", new ModelProto { Graph = new GraphProto { Output = { new ValueInfoProto { Name = "y" } } } }.ToByteArray());
        _folder.Write("study.yaml", """
            model: { graph: graph.onnx, base: base.safetensors, experts: { a: a.safetensors, b: b.safetensors } }
            tasks: { a: { search: a.search.safetensors }, b: { search: b.search.safetensors } }
            budget: { evaluations: 10 }
            """);
    }

    [Test]
    public void Read_ListGridAndRandom_IsTheirProductInOrder()
    {
        SweepDefinition sweep = Read("""
            name: all
            study: study.yaml
            sweep:
              list:
                - { merge.operator: ties, merge.settings.density: 0.5 }
                - merge.operator: task_arithmetic
              grid:
                merge.bounds: [[0, 1], [-1, 2]]
                budget.evaluations: 7
                seed: [1, 2]
              random: { count: 3, seed: 5, keys: { strategy.sigma: { lower: 0.01, upper: 0.3, scale: log }, evaluator.batch_size: [16, 32] } }
            """);
        string[] titles = [.. sweep.Members.Select(SweepDefinition.Title)];
        Assert.Multiple(() =>
        {
            Assert.That(titles, Has.Length.EqualTo(2 * 4 * 3));
            Assert.That(titles.Distinct().Count(), Is.EqualTo(24), "no draw is drawn twice here");
            Assert.That(titles[0], Does.StartWith("merge.operator=ties merge.settings.density=0.5 merge.bounds=[0, 1] budget.evaluations=7 seed=1 strategy.sigma=0."));
            Assert.That(titles[3], Does.Contain("seed=2").And.Contain("[0, 1]"));
            Assert.That(titles[12], Does.StartWith("merge.operator=task_arithmetic merge.bounds=[0, 1]"));
            Assert.That(sweep.Resolve().Select(study => $"{study.Name} {study.Budget.Evaluations} {study.Merge.Lower}").Distinct(), Is.EqualTo(new[] { "all 7 0", "all 7 -1" }));
        });
        string[] sigmas = [.. sweep.Members.Select(member => member.Single(setting => setting.Key == "strategy.sigma").Value)];
        Assert.That(sigmas.Select(sigma => double.Parse(sigma, CultureInfo.InvariantCulture)), Is.All.InRange(0.01, 0.3));
        Assert.That(sigmas[3..6], Is.EqualTo(sigmas[..3]), "every grid point meets every draw");
        Assert.That(Read("study: study.yaml\nsweep: { random: { count: 3, seed: 6, keys: { strategy.sigma: { lower: 0.01, upper: 0.3, scale: log } } } }").Members[0][0].Value, Is.Not.EqualTo(sigmas[0]));
    }

    [Test]
    public void Read_ValuesOfAnyKind_ReachTheStudyAsWritten()
    {
        SweepDefinition sweep = Read("""
            study: study.yaml
            sweep:
              grid:
                strategy:
                  - name: cma_es
                    sigma: 0.2
                  - - { name: sobol, evaluations: 4 }
                    - { name: cma_es }
                merge.blocks: [['^a\.(\d+)'], ["it's: #1"]]
            """);
        IReadOnlyList<StudyDefinition> studies = sweep.Resolve();
        Assert.Multiple(() =>
        {
            Assert.That(sweep.Members[0][0].Value, Is.EqualTo("{name: cma_es, sigma: 0.2}"));
            Assert.That(studies.Select(study => study.Strategy.Name).Distinct(), Has.Exactly(2).Items);
            Assert.That(studies[0].Merge.Blocks, Is.EqualTo(new[] { @"^a\.(\d+)" }));
            Assert.That(studies[1].Merge.Blocks, Is.EqualTo(new[] { "it's: #1" }));
        });
    }

    [TestCase("sweep: { grid: { seed: [1] } }", "sweep.yaml:1: 'study' is missing")]
    [TestCase("study: study.yaml", "'sweep' is missing")]
    [TestCase("study: gone.yaml\nsweep: { grid: { seed: [1] } }", "names a file that is not there")]
    [TestCase("study: study.yaml\nsweep: { gird: { seed: [1] } }", "sweep.yaml:2: 'sweep.gird' is not a key here (did you mean 'grid'?)")]
    [TestCase("study: study.yaml\nsweep: { grid: { seed: [] } }", "'sweep.grid.seed' needs at least one value")]
    [TestCase("study: study.yaml\nsweep: { list: [] }", "'sweep.list' needs at least one entry")]
    [TestCase("study: study.yaml\nsweep: { grid: { seed: [1] }, list: [{ seed: 2 }] }", "varies 'seed' in more than one of list, grid and random")]
    [TestCase("study: study.yaml\nsweep: { random: { keys: { seed: [1, 2] } } }", "'sweep.random.count' is missing")]
    [TestCase("study: study.yaml\nsweep: { random: { count: 2, keys: { strategy.sigma: { lower: 2, upper: 1 } } } }", "'strategy.sigma' needs finite bounds with lower < upper")]
    [TestCase("study: study.yaml\nsweep: { random: { count: 2, keys: { strategy.sigma: { lower: 0, upper: 1, initial: 0 } } } }", "'sweep.random.keys.strategy.sigma.initial' is not a key here")]
    [TestCase("study: study.yaml\nsweep: { grid: { seed: [1, 2], evaluator.threads: 1, budget.evaluations: [10, 20], merge.initial: [0, 0.1], a: [1, 2, 3, 4, 5, 6, 7, 8, 9], b: [1, 2, 3, 4, 5, 6, 7, 8, 9], c: [1, 2, 3, 4, 5, 6, 7, 8, 9], d: [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 11, 12, 13, 14, 15, 16, 17, 18, 19] } }", "at most 100000 studies, got 110808")]
    [TestCase("study: study.yaml\nsweep: { list: [{ strategy.sigma: 0.1 }], grid: { strategy: [{ name: cma_es }, { name: random }] } }", "varies 'strategy.sigma' and the whole that it is part of")]
    public void Read_BrokenSweep_SaysWhatAndWhere(string text, string message) =>
        Assert.That(() => Read(text), Throws.TypeOf<StudyException>().With.Message.Contains(message));

    [Test]
    public void Read_GridOfMoreStudiesThanMemoryHolds_IsRefusedAtOnce()
    {
        string values = string.Join(", ", Enumerable.Range(0, 100));
        string keys = string.Join(", ", Enumerable.Range(0, 20).Select(key => $"k{key}: [{values}]"));
        Assert.That(() => Read($"study: study.yaml\nsweep: {{ grid: {{ {keys} }} }}"), Throws.TypeOf<StudyException>().With.Message.Contains("at most 100000 studies, got 1E+40"));
    }

    [TestCase("sead: [1, 2]", "sweep s, member sead=1: ", "'sead' is not a key here (did you mean 'seed'?)")]
    [TestCase("merge.operator: [ties, teis]", "sweep s, member merge.operator=teis: ", "'merge.operator' must be one of")]
    [TestCase("strategy.name: [cma_es, nsga2]", "sweep s, member strategy.name=nsga2: ", "objective")]
    public void Resolve_WrongMember_IsNamed(string grid, string member, string message) =>
        Assert.That(() => Read($"name: s\nstudy: study.yaml\nsweep: {{ grid: {{ {grid} }} }}").Resolve(), Throws.TypeOf<StudyException>().With.Message.StartsWith(member).And.Message.Contains(message));

    [Test]
    public void Hash_OfAStudy_FollowsWhatItSaysAndWhatItsFilesHold()
    {
        static string Hash(string path) => Search.Results.RunInput.Hash(path);
        StudyDefinition Study(params string[] settings) => StudyFile.Read(_folder.File("study.yaml"), settings);
        string first = StudyHash.Of(Study(), Hash);
        Assert.Multiple(() =>
        {
            Assert.That(first, Does.Match("^[0-9a-f]{12}$"));
            Assert.That(StudyHash.Of(Study("seed=0", "evaluator.batch_size=64"), Hash), Is.EqualTo(first), "defaults written out");
            Assert.That(StudyHash.Of(Study("seed=1"), Hash), Is.Not.EqualTo(first));
        });

        File.Move(_folder.File("a.safetensors"), _folder.File("moved.safetensors"));
        Assert.That(StudyHash.Of(Study("model.experts.a=moved.safetensors"), Hash), Is.EqualTo(first), "a path is not content");
        _folder.Safetensors("moved.safetensors", TensorContent.FromFloats("w", TensorType.F32, [2], new float[] { 1, 9 }));
        Assert.That(StudyHash.Of(Study("model.experts.a=moved.safetensors"), Hash), Is.Not.EqualTo(first));
    }

    public void Dispose() => _folder.Dispose();

    private SweepDefinition Read(string text) => SweepFile.Read(_folder.Write("sweep.yaml", text));
}
