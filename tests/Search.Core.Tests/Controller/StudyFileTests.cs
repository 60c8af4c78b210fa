using Search.Controller;
using Search.Controller.Racing;
using Search.Evaluation;
using Search.Merging;
using Search.Merging.Operators;
using Search.Strategies;
using Search.Strategies.AdaMerging;
using Search.Strategies.CmaEs;
using Search.Strategies.Sequence;

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
            Assert.That(study.Merge.Operator, Is.EqualTo(new TaskArithmetic()));
            Assert.That(study.Merge.Granularity, Is.EqualTo(new GranularityGrouping(Granularity.Block)));
            Assert.That((study.Merge.Lower, study.Merge.Upper, study.Merge.Initial), Is.EqualTo((-0.5, 1.5, new InitialPoint(0.3))));
            Assert.That(study.Objectives.Single().Title, Is.EqualTo("entropy"));
            Assert.That(study.Objectives.Single().Aggregate, Is.EqualTo(Aggregation.Mean));
            Assert.That(study.Strategy, Is.EqualTo(new CmaEsSettings(new CmaEsOptions())));
            Assert.That(study.Evaluator, Is.EqualTo(new EvaluatorDefinition("auto", "auto", 64, 0, 0.1)));
            Assert.That(study.Budget, Is.EqualTo(new BudgetDefinition(10, null, null)));
            Assert.That(study.Seed, Is.Zero);
            Assert.That(study.Tasks[1].Batches[DataRole.Report], Is.EqualTo(_folder.File("b.report.safetensors")));
        });
    }

    [Test]
    public void Read_SeveralObjectivesWithoutAStrategy_LooksForTheirFront() =>
        Assert.That(Read(Minimal + "\nobjectives: [ { score: entropy, aggregate: none } ]").Strategy.Name, Is.EqualTo("surface_front"));

    [Test]
    public void Write_ThenRead_GivesTheSameStudyFromAnotherFolder()
    {
        StudyDefinition study = Read(Minimal + "\nseed: 7\nname: again\ninputs: { image: { scale: 0.00784313725490196, offset: -1 } }\nmerge: { storage: bfloat16, settings: { buffers: base }, blocks: ['^a\\.(\\d+)'] }\nstrategy: { population: 12 }");
        string run = Directory.CreateDirectory(_folder.File("results/again/run 1")).FullName;
        File.WriteAllText(Path.Combine(run, "study.yaml"), StudyText.Write(study, run));
        StudyDefinition back = StudyFile.Read(Path.Combine(run, "study.yaml"), []);
        Assert.That(StudyText.Write(back, _folder.Path), Is.EqualTo(StudyText.Write(study, _folder.Path)));
        Assert.That(back.Inputs["image"], Is.EqualTo(study.Inputs["image"]));
        Assert.That(back.Strategy, Is.EqualTo(study.Strategy));
    }

    [TestCase("{ }", 0.125, 0.25, 0.5, 1)]
    [TestCase("{ rule: halving, first: 0.1, factor: 3, keep: 0.34 }", 0.1, 0.3, 0.9, 1)]
    [TestCase("{ rule: sequential, first: 0.5, error: 0.2 }", 0.5, 1)]
    public void Read_Racing_FillsDefaultsInAndIsWrittenBack(string section, params double[] shares)
    {
        StudyDefinition study = Read($"{Minimal}\nracing: {section}");
        Assert.That(study.Racing!.Shares, Is.EqualTo(shares).Within(1e-12));
        Assert.That(study.Racing.Rule, Is.EqualTo(section.Contains("sequential", StringComparison.Ordinal) ? new SequentialRule(0.2) : new HalvingRule(section.Contains("keep", StringComparison.Ordinal) ? 0.34 : 0.5)));
        Assert.That(Read(StudyText.Write(study, _folder.Path)).Racing, Is.EqualTo(study.Racing));
        Assert.That(Read(Minimal).Racing, Is.Null);
        Assert.That(StudyText.Write(Read(Minimal), _folder.Path), Does.Not.Contain("racing"), "studies of earlier programs keep their hashes");
    }

    [Test]
    public void Read_ObjectiveConstraints_AreWrittenBack()
    {
        StudyDefinition study = Read($"{Minimal}\nobjectives: [ {{ score: entropy, aggregate: none }}, {{ score: kl }} ]\nstrategy: {{ name: nsga2 }}\nconstraints: [ {{ objective: a, floor: 0.95 }}, {{ objective: kl, limit: 1.2 }} ]");
        Assert.That(study.Constraints, Is.EqualTo(new[] { new StudyConstraint("a", null, 0.95), new StudyConstraint("kl", 1.2, null) }));
        Assert.That(Read(StudyText.Write(study, _folder.Path)).Constraints, Is.EqualTo(study.Constraints));
        Assert.That(StudyText.Write(Read(Minimal), _folder.Path), Does.Not.Contain("constraints:"), "studies of earlier programs keep their hashes");
    }

    [TestCase("a, limit: 0.3", "objectives: [ { score: { entropy: 1, kl: { weight: 0.5, temperature: 2 } } } ]", "a/entropy=1 a/kl@2=0.5", "entropy kl@2")]
    [TestCase("a/kl@2, limit: 0.3", "objectives: [ { score: { entropy: 1, kl: { weight: 0.5, temperature: 2 } } } ]", "a/kl@2=1", "entropy kl@2")]
    [TestCase("a, limit: 0.3", "objectives: [ { score: entropy, direction: maximize } ]", "a/entropy=-1", "entropy")]
    [TestCase("other/kl, floor: 0.9", "", "other/kl=1", "entropy kl")]
    [TestCase("other/-marginal_entropy, limit: -0.5", "", "other/marginal_entropy=-1", "entropy")]
    [TestCase("a, limit: 0.3", "objectives: [ { score: entropy, aggregate: none } ]", "0", "entropy")]
    [TestCase("entropy, limit: 0.3", "", "0", "entropy")]
    public void Read_ConstraintOnAnyNumber_SaysWhatItIsAndWhatIsScored(string constraint, string objectives, string quantity, string scores)
    {
        StudyDefinition study = Read($"{Minimal}\n{objectives}\nconstraints: [ {{ objective: {constraint} }} ]");
        var bounded = BoundedQuantity.Find(study, study.Constraints[0].Objective);
        Assert.That(bounded.Objective is { } index ? $"{index}" : string.Join(' ', bounded.Terms.Select(term => $"{term.Key}={term.Weight}")), Is.EqualTo(quantity));
        Assert.That(string.Join(' ', study.Scores.Select(score => score.Name)), Is.EqualTo(scores));
        Assert.That(Read(StudyText.Write(study, _folder.Path)).Constraints, Is.EqualTo(study.Constraints));
    }

    [Test]
    public void Read_ConstraintOnAnotherScoreOfACommand_MakesItOneThatTheCommandMustGive()
    {
        _folder.Write("score.py", "");
        StudyDefinition study = Read("""
            model: { base: base.safetensors, experts: { a: a.safetensors, b: b.safetensors } }
            objectives: [ { score: loss } ]
            constraints: [ { objective: all/-accuracy, limit: -0.8 } ]
            evaluator: { engine: command, command: [python3, score.py, '{model}'] }
            budget: { evaluations: 10 }
            """);
        Assert.That(study.Scores.Select(score => score.Name), Is.EqualTo(new[] { "loss", "accuracy" }));
        Assert.That(BoundedQuantity.Find(study, "all/-accuracy").Of([1], new Dictionary<string, double> { ["all/accuracy"] = 0.9 }), Is.EqualTo(-0.9));
    }

    [Test]
    public void Read_Command_NeedsNoGraphAndNoBatchesAndIsWrittenBack()
    {
        _folder.Write("score.py", "");
        StudyDefinition study = Read("""
            model: { base: base.safetensors, experts: { a: a.safetensors, b: b.safetensors } }
            tasks: { a: {}, both: { expert: b }, c: {} }
            objectives: [ { score: { acc: 1, f1: 0.5 }, direction: maximize }, { score: loss, aggregate: none } ]
            strategy: { name: nsga2 }
            evaluator: { engine: command, command: [python3, score.py, '{model}', '--n', 10], roles: [report, search], timeout: 90s, retries: 2, parallel: 3, cache: false, tolerance: 0.01 }
            budget: { evaluations: 10 }
            """);
        CommandOptions command = study.Evaluator.Command!;
        string run = Directory.CreateDirectory(_folder.File("results/one")).FullName;
        File.WriteAllText(Path.Combine(run, "study.yaml"), StudyText.Write(study, run));
        StudyDefinition back = StudyFile.Read(Path.Combine(run, "study.yaml"), []);
        Assert.Multiple(() =>
        {
            Assert.That(command.Arguments, Is.EqualTo(new[] { "python3", "score.py", "{model}", "--n", "10" }));
            Assert.That((command.Folder, command.NeedsModel, command.Timeout, command.Retries, command.Parallel, command.Cache, command.Tolerance), Is.EqualTo((_folder.Path, true, TimeSpan.FromSeconds(90), 2, 3, false, 0.01)));
            Assert.That(command.Files, Is.EqualTo(new[] { _folder.File("score.py") }));
            Assert.That(study.Tasks.Select(task => (task.Name, task.Expert)), Is.EqualTo(new[] { ("a", "a"), ("both", "b"), ("c", (string?)null) }));
            Assert.That(study.Tasks[0].Roles, Is.EqualTo(new[] { DataRole.Search, DataRole.Report }));
            Assert.That(study.ObjectiveNames, Is.EqualTo(new[] { "-(acc + 0.5 f1)", "loss/a", "loss/both", "loss/c" }));
            Assert.That(StudyText.Write(back, _folder.Path), Is.EqualTo(StudyText.Write(study, _folder.Path)));
            Assert.That(back.Evaluator.Command!.Files, Is.EqualTo(command.Files), "it runs where it ran");
        });
    }

    [TestCase("command: [x]", "command: []", "'evaluator.command' is missing")]
    [TestCase("command: [x]", "command: [x, 'to {model}'], input: coefficients", "'evaluator.command' has {model}, which is there with 'input: model' only")]
    [TestCase("command: [x]", "command: [x], roles: [report]", "'evaluator.roles' must hold search, which is what the strategy sees")]
    [TestCase("command: [x]", "command: [x], roles: [search, test]", "must hold search, select and report only, got 'test'")]
    [TestCase("command: [x]", "command: [x], timeout: 60d", "'evaluator.timeout' must be at most 30 days, got 60d")]
    [TestCase("command: [x]", "command: [x], timeout: 0s", "'evaluator.timeout' must be a duration")]
    [TestCase("command: [x]", "command: [x], folder: gone", "'evaluator.folder' names a file that is not there")]
    [TestCase("engine: command", "engine: torch", "'evaluator.command' is not a key here")]
    [TestCase("direction: maximize", "direction: up", "must be one of minimize, maximize, got 'up'")]
    [TestCase("objectives: [ { score: fit, direction: maximize } ]", "", "'objectives' is missing")]
    [TestCase("tasks: { a: {} }", "tasks: { a: { search: a.search.safetensors } }", "'tasks.a.search' is not a key here")]
    [TestCase("tasks: { a: {} }", "merge: { operator: emr }", "must say which expert knows 'all', because operator emr has one model a task")]
    public void Read_WrongCommand_SaysWhatAndWhere(string text, string replacement, string message) => Assert.That(
        () => Read("""
            model: { base: base.safetensors, experts: { a: a.safetensors, b: b.safetensors } }
            tasks: { a: {} }
            objectives: [ { score: fit, direction: maximize } ]
            evaluator: { engine: command, command: [x] }
            budget: { evaluations: 10 }
            """.Replace(text, replacement, StringComparison.Ordinal)),
        Throws.TypeOf<StudyException>().With.Message.Contains(message));

    [Test]
    public void Read_Masks_AreFilesThatTheRunFindsAgain()
    {
        StudyDefinition study = Read(Minimal + "\nmerge: { operator: masked, settings: { rescale: l1, masks: { b: b.safetensors, a: a.safetensors } } }");
        string run = Directory.CreateDirectory(_folder.File("run")).FullName;
        File.WriteAllText(Path.Combine(run, "study.yaml"), StudyText.Write(study, run));
        MergeOperator back = StudyFile.Read(Path.Combine(run, "study.yaml"), []).Merge.Operator;
        Assert.That(back.Files.All, Is.EqualTo(new[] { new SettingFile("masks", "b", _folder.File("b.safetensors")), new SettingFile("masks", "a", _folder.File("a.safetensors")) }));
        Assert.That(back, Is.EqualTo(study.Merge.Operator));
    }

    [Test]
    public void Read_Statistics_ReadsThePathsAndWritesThemBackFromAnotherFolder()
    {
        StudyDefinition study = Read(Minimal + "\nmerge: { operator: gradient_matching, settings: { prior: 0.5, statistics: { a: a.safetensors, b: b.safetensors }, base_statistics: base.safetensors } }");
        Assert.That(study.Merge.Operator.Files.All, Is.EqualTo(new[]
        {
            new SettingFile("statistics", "a", _folder.File("a.safetensors")), new SettingFile("statistics", "b", _folder.File("b.safetensors")), new SettingFile("base_statistics", null, _folder.File("base.safetensors")),
        }));
        string run = Directory.CreateDirectory(_folder.File("results/one")).FullName;
        File.WriteAllText(Path.Combine(run, "study.yaml"), StudyText.Write(study, run));
        Assert.That(StudyFile.Read(Path.Combine(run, "study.yaml"), []).Merge.Operator, Is.EqualTo(study.Merge.Operator));
        Assert.That(
            () => Read(Minimal + "\nmerge: { operator: fisher, settings: { statistics: { a: a.safetensor } } }"),
            Throws.TypeOf<StudyException>().With.Message.Contains("'merge.settings.statistics.a' names a file that is not there: 'a.safetensor'"));
    }

    [TestCase("0.4", new[] { 0.4 })]
    [TestCase("uniform", new[] { 0.5 })]
    [TestCase("[0.1, 0.2]", new[] { 0.1, 0.2 })]
    [TestCase("{ b: 0.2, a: 0.1 }", new[] { 0.1, 0.2 }, TestName = "Read_InitialByName_IsInTheExpertsOrder")]
    public void Read_Initial_ReadsEveryFormAndWritesItBack(string written, double[] values)
    {
        StudyDefinition study = Read(Minimal + $"\nmerge: {{ initial: {written} }}");
        Assert.That(study.Merge.Initial, Is.EqualTo(new InitialPoint(values)));
        Assert.That(Read(StudyText.Write(study, _folder.Path)).Merge.Initial, Is.EqualTo(study.Merge.Initial));
    }

    [TestCase("metagpt", "metagpt", new double[0])]
    [TestCase("{ rule: fedavg, counts: { b: 3, a: 1 } }", "fedavg", new double[0])]
    [TestCase("{ rule: fedatt, sign: far, values: [0.1, 0.9] }", "fedatt", new[] { 0.1, 0.9 })]
    public void Read_InitialByRule_KeepsTheRuleAndWhatItGave(string written, string rule, double[] values)
    {
        StudyDefinition study = Read(Minimal + $"\nmerge: {{ initial: {written} }}");
        StudyDefinition back = Read(StudyText.Write(study, _folder.Path));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(study.Merge.Initial.Rule!.Name, Is.EqualTo(rule));
            Assert.That(study.Merge.Initial.Values, Is.EqualTo(values));
            Assert.That(back.Merge.Initial, Is.EqualTo(study.Merge.Initial));
            Assert.That(back.Merge.Initial.Rule!.Entries(), Is.EqualTo(study.Merge.Initial.Rule.Entries()));
        }
    }

    [Test]
    public void Read_ExpertWithItsOwnBase_IsWrittenBack()
    {
        StudyDefinition study = Read(Minimal.Replace("b: b.safetensors", "b: { path: b.safetensors, base: a.safetensors }", StringComparison.Ordinal));
        ExpertDefinition[] experts = [new("a", _folder.File("a.safetensors")), new("b", _folder.File("b.safetensors"), _folder.File("a.safetensors"))];
        Assert.That(study.Model.Experts, Is.EqualTo(experts));
        Assert.That(Read(StudyText.Write(study, _folder.Path)).Model.Experts, Is.EqualTo(experts));
    }

    [TestCase("{ base: a.safetensors }", "'model.experts.b.path' is missing")]
    [TestCase("{ path: b.safetensors, base: gone.safetensors }", "'model.experts.b.base' names a file that is not there")]
    [TestCase("{ path: b.safetensors, bases: a.safetensors }", "'model.experts.b.bases' is not a key here (did you mean 'base'?)")]
    public void Read_ExpertMapping_NamesWhatIsWrong(string expert, string message) => Assert.That(
        () => Read(Minimal.Replace("b: b.safetensors", $"b: {expert}", StringComparison.Ordinal)), Throws.TypeOf<StudyException>().With.Message.Contains(message));

    [TestCase("[0.1, 2]", "must hold numbers from -0.5 to 1.5, got 2")]
    [TestCase("{ run: nowhere }", "'merge.initial.run' names a file that is not there")]
    [TestCase("often", "'merge.initial' must be a number, a list of numbers, a mapping, or one of uniform")]
    [TestCase("metagbt", "did you mean 'metagpt'?")]
    [TestCase("fedavg", "'merge.initial' is fedavg, which needs settings: { rule: fedavg, counts:")]
    [TestCase("{ a: 0.1 }", "'merge.initial.b' is missing")]
    [TestCase("{ a: 0.1, b: 2 }", "'merge.initial.b' must be a number from -0.5 to 1.5, got '2'")]
    [TestCase("{ rule: metagpt, values: [0.1, 7] }", "must hold numbers from -0.5 to 1.5, got 7")]
    public void Read_BadInitial_NamesTheRule(string written, string message) =>
        Assert.That(() => Read(Minimal + $"\nmerge: {{ initial: {written} }}"), Throws.TypeOf<StudyException>().With.Message.Contains(message));

    [Test]
    public void Read_Rename_KeepsOrderAndEmptyReplacements()
    {
        const string Keys = """
            experts: { a: a.safetensors, b: b.safetensors }
              rename:
                '^model\.': ''
                '^head\.(.*)$': 'onnx::$1^T'
            """;
        StudyDefinition study = Read(Minimal.Replace("experts: { a: a.safetensors, b: b.safetensors }", Keys, StringComparison.Ordinal));
        string run = Directory.CreateDirectory(_folder.File("run")).FullName;
        File.WriteAllText(Path.Combine(run, "study.yaml"), StudyText.Write(study, run));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(study.Model.Rename, Is.EqualTo(new[] { KeyValuePair.Create(@"^model\.", ""), KeyValuePair.Create(@"^head\.(.*)$", "onnx::$1^T") }));
            Assert.That(StudyFile.Read(Path.Combine(run, "study.yaml"), []).Model.Rename, Is.EqualTo(study.Model.Rename));
        }
    }

    [TestCase("'^a(': b", 7, "'model.rename.^a(' must be a regular expression, got '^a('")]
    [TestCase("'^a': [b]", 7, "'model.rename.^a' must be a text")]
    [TestCase("'^a':", 7, "'model.rename.^a' must be a text")]
    public void Read_BadRename_NamesItsLine(string entry, int line, string message)
    {
        string keys = $"experts: {{ a: a.safetensors, b: b.safetensors }}\n  rename:\n    '^fine': x\n    {entry}";
        StudyException exception = Assert.Throws<StudyException>(() => Read(Minimal.Replace("experts: { a: a.safetensors, b: b.safetensors }", keys, StringComparison.Ordinal)))!;
        Assert.That(exception.Message, Does.Contain($"study.yaml:{line}: ").And.Contain(message));
    }

    [Test]
    public void Read_AdaMerging_FillsThePapersDefaultsIn() =>
        Assert.That(Read(Minimal + "\nstrategy: { name: adamerging }").Strategy, Is.EqualTo(new AdaMergingSettings(new AdaMergingOptions())));

    [TestCase("{ }", 5, 1e-3)]
    [TestCase("{ patience: 2, margin: 0 }", 2, 0)]
    public void Read_EarlyStop_ReadsEveryKeyAndWritesItBack(string keys, int patience, double margin)
    {
        StudyDefinition study = Read(Minimal + $"\nstrategy: {{ name: adamerging, early_stop: {keys} }}");
        Assert.That(study.Strategy, Is.EqualTo(new AdaMergingSettings(new AdaMergingOptions { EarlyStop = new EarlyStop { Patience = patience, Margin = margin } })));
        Assert.That(Read(StudyText.Write(study, _folder.Path)).Strategy, Is.EqualTo(study.Strategy));
    }

    [Test]
    public void Read_Granularity_ReadsEveryFormAndWritesItBack()
    {
        (string Written, TensorGrouping Granularity)[] forms =
        [
            ("kind", new GranularityGrouping(Granularity.Kind)),
            ("block_kind", new GranularityGrouping(Granularity.BlockKind)),
            (@"{ groups: { early: 'blocks\.[0-3]\.', heart: attention, rest: '.*' } }", new PatternGrouping([new("early", @"blocks\.[0-3]\."), new("heart", "attention"), new("rest", ".*")])),
            ("{ profile: {} }", new DepthProfile(4, KnotShape.Linear, ByKind: false)),
            ("{ profile: { knots: 8, shape: cosine, by: kind } }", new DepthProfile(8, KnotShape.Cosine, ByKind: true)),
        ];
        foreach ((string written, TensorGrouping granularity) in forms)
        {
            StudyDefinition study = Read(Minimal + $"\nmerge: {{ granularity: {written} }}");
            Assert.That(study.Merge.Granularity, Is.EqualTo(granularity));
            Assert.That(Read(StudyText.Write(study, _folder.Path)).Merge.Granularity, Is.EqualTo(granularity));
        }
    }

    [Test]
    public void Read_Filter_ReadsTextsAndListsAndWritesThemBack()
    {
        StudyDefinition study = Read(Minimal + "\nmerge: { only: attention, except: ['^a', norm], kinds: { conv: ['conv\\d'], mlp: [dense] } }");
        foreach (MergeDefinition merge in new[] { study.Merge, Read(StudyText.Write(study, _folder.Path)).Merge })
        {
            using (Assert.EnterMultipleScope())
            {
                Assert.That(merge.Only, Is.EqualTo(new[] { "attention" }));
                Assert.That(merge.Except, Is.EqualTo(new[] { "^a", "norm" }));
                Assert.That(merge.Kinds.Select(kind => $"{kind.Key}: {string.Join(' ', kind.Value)}"), Is.EqualTo(new[] { @"conv: conv\d", "mlp: dense" }));
            }
        }
    }

    [Test]
    public void Read_Chunks_ReadsEveryKeyAndWritesItBack()
    {
        StudyDefinition said = Read(Minimal + "\nmerge: { chunks: { counts: { blocks.0: 3 }, fixed: { rest: [0.5, -0.25] } } }");
        StudyDefinition decided = Read(Minimal + "\nmerge: { chunks: { run: base.safetensors, budget: 1.5, steepness: 2 } }");
        foreach (ChunkDefinition chunks in new[] { said.Merge.Chunks, Read(StudyText.Write(said, _folder.Path)).Merge.Chunks })
        {
            Assert.That(chunks.Counts, Is.EqualTo(new Dictionary<string, int> { ["blocks.0"] = 3 }));
            Assert.That(chunks.Fixed, Is.EqualTo(new Dictionary<string, IReadOnlyList<double>> { ["rest"] = [0.5, -0.25] }));
        }

        foreach (ChunkDefinition chunks in new[] { decided.Merge.Chunks, Read(StudyText.Write(decided, _folder.Path)).Merge.Chunks })
        {
            Assert.That((Path.GetFileName(chunks.Run), chunks.Budget, chunks.Steepness), Is.EqualTo(("base.safetensors", 1.5, 2.0)));
        }
    }

    [TestCase("batch: all, schedule: cosine", null, LearningRateSchedule.Cosine, false)]
    [TestCase("batch: 3", 3, LearningRateSchedule.Constant, false)]
    [TestCase("batch: 1, clamp: true", 1, LearningRateSchedule.Constant, true)]
    [TestCase("clamp: false", 16, LearningRateSchedule.Constant, false)]
    public void Read_AdaMerging_ReadsEveryKeyAndWritesItBack(string keys, int? batch, LearningRateSchedule schedule, bool clamp)
    {
        StudyDefinition study = Read(Minimal + $"\nstrategy: {{ name: adamerging, learning_rate: 0.013, steps: 77, checkpoint: 5, beta1: 0.8, beta2: 0.95, {keys} }}");
        Assert.That(study.Strategy, Is.EqualTo(new AdaMergingSettings(new AdaMergingOptions
        {
            LearningRate = 0.013,
            Steps = 77,
            Checkpoint = 5,
            Beta1 = 0.8,
            Beta2 = 0.95,
            Batch = batch,
            Schedule = schedule,
            Clamp = clamp,
        })));
        Assert.That(Read(StudyText.Write(study, _folder.Path)).Strategy, Is.EqualTo(study.Strategy));
    }

    [TestCase("{ operator: weighted_average }", GroupSum.Simplex)]
    [TestCase("{ operator: weighted_average, bounds: [-1, 1] }", GroupSum.Affine)]
    [TestCase("{ operator: task_arithmetic }", GroupSum.None)]
    [TestCase("{ constraint: simplex, bounds: [-1, 2] }", GroupSum.Simplex)]
    public void Read_Merge_GivesNormalisedWeightsTheirSum(string merge, GroupSum sum) =>
        Assert.That(Read($"{Minimal}\nmerge: {merge}").Merge.Constraints.Sum, Is.EqualTo(sum));

    [Test]
    public void Read_Sequence_TurnsSharesIntoEvaluationsAndIsWrittenBack()
    {
        StudyDefinition study = Read(Minimal + "\nstrategy: [{ name: adamerging, share: 0.25 }, { sigma: 0.1, evaluations: 7 }, { name: cma_es }]");
        var sequence = (SequenceSettings)study.Strategy;
        Assert.Multiple(() =>
        {
            Assert.That(sequence.Stages.Select(stage => stage.Evaluations), Is.EqualTo(new[] { (long)Math.Round(0.25 * study.Budget.Evaluations!.Value), 7, (long?)null }));
            Assert.That(sequence.Stages[1].Settings, Is.EqualTo(new CmaEsSettings(new CmaEsOptions { Sigma = 0.1 })));
            Assert.That(sequence.NeedsGradient);
            Assert.That(Read(StudyText.Write(study, _folder.Path)).Strategy, Is.EqualTo(sequence));
        });
    }

    [TestCase("[]", "'strategy' needs at least one entry")]
    [TestCase("[{ name: cma_es }, { name: cma_es }]", "'strategy[0].evaluations' is missing")]
    [TestCase("[{ name: cma_es, share: 0.5, evaluations: 3 }, { name: cma_es }]", "'strategy[0].share' and 'evaluations' exclude each other")]
    [TestCase("[{ name: cma_es, share: 2 }, { name: cma_es }]", "'strategy[0].share' must be a number from")]
    [TestCase("[{ name: cma }]", "'strategy[0].name' must be one of")]
    public void Read_BadSequence_NamesTheStage(string strategy, string message) =>
        Assert.That(() => Read($"{Minimal}\nstrategy: {strategy}"), Throws.TypeOf<StudyException>().With.Message.Contains(message));

    [Test]
    public void Read_Constraints_AreWrittenBack()
    {
        StudyDefinition study = Read(Minimal + "\nmerge: { constraint: affine, fixed: { a: 0.25, b/x: 1e-5 }, tie: [[a, b], [a/y, b/y, b/z]] }");
        MergeConstraints again = Read(StudyText.Write(study, _folder.Path)).Merge.Constraints;
        Assert.Multiple(() =>
        {
            Assert.That(again.Sum, Is.EqualTo(GroupSum.Affine));
            Assert.That(again.Fixed, Is.EqualTo(new KeyValuePair<string, double>[] { new("a", 0.25), new("b/x", 1e-5) }));
            Assert.That(again.Tied, Is.EqualTo(new[] { new[] { "a", "b" }, ["a/y", "b/y", "b/z"] }));
        });
    }

    [Test]
    public void Read_Objectives_OfEveryForm()
    {
        StudyDefinition study = Read(Minimal + """

            evaluator: { collapse_floor: 0.2 }
            objectives:
              - { score: kl, temperature: 2, aggregate: max }
              - score: { feature_l2: 1.5, kl: { weight: 0.5, temperature: 4 }, entropy: }
                node: /encoder/out
                weights: { a: 1, other: 0 }
                l1: 0.1
                distance: 2
              - score: [ { name: feature_cosine, node: x }, { name: feature_cosine, node: y, weight: -1 } ]
                aggregate: none
              - { score: cross_entropy, labelled: true }
              - { score: next_token, tokens: ids }
            """);
        Assert.Multiple(() =>
        {
            Assert.That(study.Evaluator.CollapseFloor, Is.EqualTo(0.2));
            Assert.That(study.Objectives.Select(objective => objective.Title), Is.EqualTo(new[]
            {
                "kl@2", "1.5 feature_l2:/encoder/out + 0.5 kl@4 + entropy", "feature_cosine:x + -1 feature_cosine:y", "cross_entropy", "next_token:ids",
            }));
            Assert.That(study.Objectives.Select(objective => objective.Aggregate), Is.EqualTo(new[] { Aggregation.Max, Aggregation.Weighted, Aggregation.None, Aggregation.Mean, Aggregation.Mean }));
            Assert.That(study.Objectives[1].Weights, Is.EqualTo(new Dictionary<string, double> { ["a"] = 1, ["other"] = 0 }));
            Assert.That(study.Objectives[1].Regulariser, Is.EqualTo(new Regulariser(0.1, 0, 2)));
            Assert.That(study.Objectives[3].Labelled);
        });

        string run = Directory.CreateDirectory(_folder.File("run")).FullName;
        File.WriteAllText(Path.Combine(run, "study.yaml"), StudyText.Write(study, run));
        StudyDefinition back = StudyFile.Read(Path.Combine(run, "study.yaml"), []);
        Assert.That(StudyText.Write(back, run), Is.EqualTo(StudyText.Write(study, run)));
        Assert.That(back.Objectives.Select(objective => objective.Title), Is.EqualTo(study.Objectives.Select(objective => objective.Title)));
    }

    [Test]
    public void Read_Overrides_ReplaceSettings()
    {
        StudyDefinition study = StudyFile.Read(Save(Minimal), ["budget.evaluations=5", "budget.target=0.2", "merge.granularity=model", "merge.bounds=[0, 1]", "budget.time=90s"]);
        Assert.That(study.Budget, Is.EqualTo(new BudgetDefinition(5, TimeSpan.FromSeconds(90), 0.2)));
        Assert.That((study.Merge.Granularity, study.Merge.Upper), Is.EqualTo(((TensorGrouping)new GranularityGrouping(Granularity.Model), 1.0)));
    }

    // addition to the minimal study, line of the error in it, text in the message
    [TestCase("stratgy: { name: cma_es }", 9, "'stratgy' is not a key here (did you mean 'strategy'?)")]
    [TestCase("strategy: { name: cma }", 9, "'strategy.name' must be one of cma_es, ")]
    [TestCase("strategy: { sigma: 0 }", 9, "'strategy.sigma' must be a number from")]
    [TestCase("strategy: { population: 1 }", 9, "'strategy.population' must be a whole number from 2")]
    [TestCase("strategy: { name: adamerging, sigma: 0.1 }", 9, "'strategy.sigma' is not a key here")]
    [TestCase("strategy: { name: adamerging, early_stop: { patience: 0 } }", 9, "'strategy.early_stop.patience' must be a whole number from 1")]
    [TestCase("strategy: { name: adamerging, early_stop: { margin: -1 } }", 9, "'strategy.early_stop.margin' must be a number of at least 0")]
    [TestCase("merge: { granularity: model, chunks: { counts: { x: 2 } } }", 9, "'merge.chunks' goes with a granularity of several groups")]
    [TestCase("merge: { granularity: { profile: { knots: 1 } } }", 9, "'merge.granularity.profile.knots' must be a whole number from 2")]
    [TestCase("merge: { granularity: { profile: { shape: cubic } } }", 9, "'merge.granularity.profile.shape' must be one of linear, cosine, got 'cubic'")]
    [TestCase("merge: { granularity: { profile: { by: block } } }", 9, "'merge.granularity.profile.by' must be one of model, kind, got 'block'")]
    [TestCase("merge: { granularity: { profil: { knots: 3 } } }", 9, "'merge.granularity.profil' is not a key here (did you mean 'profile'?)")]
    [TestCase("merge: { granularity: { groups: { a: '(' } } }", 9, "'merge.granularity.groups.a' must be a kind or a regular expression, got '('")]
    [TestCase("merge: { granularity: { groups: { a: x }, profile: { knots: 2 } } }", 9, "'merge.granularity' must be a word, or a mapping with either 'groups' or 'profile'")]
    [TestCase("merge: { granularity: { profile: { knots: 3 } }, chunks: { counts: { x: 2 } } }", 9, "'merge.chunks' can only have 'fixed' with a profile")]
    [TestCase("merge: { only: '(' }", 9, "'merge.only' must hold kinds or regular expressions, got '('")]
    [TestCase("merge: { except: { a: b } }", 9, "'merge.except' must be")]
    [TestCase("merge: { kinds: { conv: ['('] } }", 9, "'merge.kinds.conv' must hold regular expressions")]
    [TestCase("merge: { chunks: { counts: { x: 0 } } }", 9, "'merge.chunks.counts.x' must be a whole number from 1")]
    [TestCase("merge: { chunks: { fixed: { x: [0.1, 0.2, 0.3] } } }", 9, "'merge.chunks.fixed.x' must hold one number an expert")]
    [TestCase("merge: { chunks: { run: base.safetensors, counts: { x: 2 } } }", 9, "'merge.chunks.counts' says what 'run' decides")]
    [TestCase("merge: { chunks: { budget: 2 } }", 9, "'merge.chunks.budget' is not a key here")]
    [TestCase("strategy: { name: adamerging, learning_rate: 0 }", 9, "'strategy.learning_rate' must be a number from")]
    [TestCase("strategy: { name: adamerging, steps: 0 }", 9, "'strategy.steps' must be a whole number from 1")]
    [TestCase("strategy: { name: adamerging, batch: al }", 9, "'strategy.batch' must be")]
    [TestCase("strategy: { name: adamerging, batch: 0 }", 9, "'strategy.batch' must be a whole number from 1")]
    [TestCase("strategy: { name: adamerging, checkpoint: 0 }", 9, "'strategy.checkpoint' must be a whole number from 1")]
    [TestCase("strategy: { name: adamerging, beta1: 1 }", 9, "'strategy.beta1' must be a number from 0")]
    [TestCase("strategy: { name: adamerging, beta2: 1 }", 9, "'strategy.beta2' must be a number from 0")]
    [TestCase("strategy: { name: adamerging, schedule: cosin }", 9, "(did you mean 'cosine'?)")]
    [TestCase("strategy: { name: adamerging, clamp: yes }", 9, "'strategy.clamp' must be one of false, true")]
    [TestCase("merge: { constraint: simplx }", 9, "(did you mean 'simplex'?)")]
    [TestCase("merge: { constraint: simplex, bounds: [0.5, 1] }", 9, "'merge.constraint' is simplex, which needs bounds between which 2 coefficients can have the sum 1 in more than one way, got merge.bounds: [0.5, 1]")]
    [TestCase("merge: { constraint: affine, bounds: [0, 0.4] }", 9, "'merge.constraint' is affine, which needs bounds")]
    [TestCase("merge: { constraint: none, operator: weighted_average }", 9, "must be simplex or affine for weighted_average")]
    [TestCase("merge: { fixed: { a: 2 } }", 9, "'merge.fixed.a' must be a number from -0.5 to 1.5, got '2'")]
    [TestCase("merge: { fixed: { a: } }", 9, "'merge.fixed.a' needs a number")]
    [TestCase("merge: { tie: [a, b] }", 9, "'merge.tie' must be a list of lists of texts")]
    [TestCase("strategy: { name: adamerging, constraint: simplex }", 9, "'strategy.constraint' is not a key here")]
    [TestCase("strategy: { name: adamerging, clamp: true }\nmerge: { bounds: [1.5, 2] }", 9, "'strategy.clamp' needs bounds that overlap [0, 1], got merge.bounds: [1.5, 2]")]
    [TestCase("merge: { granularity: blok }", 9, "(did you mean 'block'?)")]
    [TestCase("merge: { bounds: [1, 0] }", 9, "lower < upper, got [1, 0]")]
    [TestCase("merge: { bounds: [0, .nan] }", 9, "'merge.bounds' must be a number, got '.nan'")]
    [TestCase("merge: { initial: 3 }", 9, "'merge.initial' must be a number from -0.5 to 1.5, got '3'")]
    [TestCase("merge: { blocks: ['('] }", 9, "must hold regular expressions")]
    [TestCase("objectives: [ { score: accuracy } ]", 9, "accuracy needs labels and has no slope, so it is only reported")]
    [TestCase("objectives: [ { score: cross_entropy } ]", 9, "'labelled: true' says that the labels of search data may be searched on")]
    [TestCase("objectives: [ { score: kl, labelled: true } ]", 9, "'objectives[0].labelled' says that labels are searched on, but no score here needs them")]
    [TestCase("objectives: [ { score: entropi } ]", 9, "(did you mean 'entropy'?)")]
    [TestCase("objectives: [ { score: { klx: 1 } } ]", 9, "'objectives[0].score.klx' must be one of")]
    [TestCase("objectives: [ { score: [ { name: kl, wieght: 1 } ] } ]", 9, "'objectives[0].score[0].wieght' is not a key here (did you mean 'weight'?)")]
    [TestCase("objectives: [ { score: [] } ]", 9, "must name at least one score")]
    [TestCase("objectives: [ { score: feature_l1 } ]", 9, "'objectives[0].node' is missing")]
    [TestCase("objectives: [ { score: entropy, temperature: 2 } ]", 9, "'objectives[0].temperature' goes with kl only")]
    [TestCase("objectives: [ { score: { kl: { node: x } } } ]", 9, "'objectives[0].score.kl.node' goes with feature_l1, feature_l2, feature_cosine only")]
    [TestCase("objectives: [ { score: kl, temperature: 0 } ]", 9, "'objectives[0].temperature' must be a number from 0.001 to 1000000, got '0'")]
    [TestCase("objectives: [ { score: kl, l2: -1 } ]", 9, "'objectives[0].l2' must be a number of at least 0, got '-1'")]
    [TestCase("objectives: [ { score: kl, aggregate: weighted } ]", 9, "'objectives[0].weights' is missing")]
    [TestCase("objectives: [ { score: kl, weights: { other: 1 } } ]", 9, "'objectives[0].weights.a' is missing")]
    [TestCase("objectives: [ { score: kl, weights: { a: 1, other: 1, c: 1 } } ]", 9, "'objectives[0].weights.c' is not a key here")]
    [TestCase("objectives: [ { score: kl, weights: { a: 0, other: 0 } } ]", 9, "'objectives[0].weights' must have one above 0")]
    [TestCase("objectives: [ { score: kl, aggregate: max, weights: { a: 1, other: 1 } } ]", 9, "'objectives[0].weights' goes with aggregate: weighted")]
    [TestCase("evaluator: { collapse_floor: 2 }", 9, "'evaluator.collapse_floor' must be a number from 0 to 1, got '2'")]
    [TestCase("evaluator: { engine: tensorflow }", 9, "'evaluator.engine' must be one of auto, onnxruntime, torch")]
    [TestCase("evaluator: { device: gpu }", 9, "must be auto, cpu, cuda or cuda:i, got 'gpu'")]
    [TestCase("constraints: [ { objective: kl, limit: 1 } ]", 9, "it must name one of entropy, a, other, or a task's score, such as a/entropy, got 'kl'")]
    [TestCase("constraints: [ { objective: a/accuracy, limit: 1 } ]", 9, "got 'a/accuracy'")]
    [TestCase("constraints: [ { objective: a/kl@2, limit: 1 } ]", 9, "got 'a/kl@2'")]
    [TestCase("constraints: [ { objective: a/, limit: 1 } ]", 9, "got 'a/'")]
    [TestCase("constraints: [ { objective: entropy, floor: 1 } ]", 9, "entropy is of several tasks; a limit takes its value")]
    [TestCase("constraints: [ { objective: entropy } ]", 9, "needs one of 'floor' and 'limit' beside it")]
    [TestCase("constraints: [ { objective: entropy, ceiling: 1 } ]", 9, "'constraints[0].ceiling' is not a key here")]
    [TestCase("racing: { rule: halve }", 9, "'racing.rule' must be one of halving, sequential, got 'halve'")]
    [TestCase("racing: { rule: sequential, keep: 0.5 }", 9, "'racing.keep' is not a key here")]
    [TestCase("racing: { error: 0.05 }", 9, "'racing.error' is not a key here")]
    [TestCase("racing: { first: 1 }", 9, "'racing.first' must be a number from")]
    [TestCase("racing: { factor: 1 }", 9, "'racing.factor' must be a number from")]
    [TestCase("racing: { keep: 0 }", 9, "'racing.keep' must be a number from")]
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
