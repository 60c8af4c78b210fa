using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

// What every engine must do. Engines own thread pools and count live handles for the process: fixtures beside one another would disturb both.
[NonParallelizable]
internal abstract class EvaluatorContract
{
    private readonly Dictionary<string, MemoryCheckpoint> _batches = [];

    protected string Folder { get; private set; } = string.Empty;

    // How many native objects have not been released.
    protected abstract long LiveHandles { get; }

    [SetUp]
    public void CreateFolder() => Folder = Directory.CreateTempSubdirectory("search-engine-").FullName;

    [TearDown]
    public void NoHandleIsLeft()
    {
        Directory.Delete(Folder, recursive: true);
        Assert.That(LiveHandles, Is.Zero, "native objects not released");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Evaluate_SeveralInputs_GivesTheHandComputedScores(bool weightsAsInputs)
    {
        using IEvaluator evaluator = Create(new Mlp { WeightsAsInputs = weightsAsInputs }, Task("a", classes: 4, seed: 3), Task("b", classes: 4, seed: 5));
        WeightSet weights = Mlp.Weights(1);

        EvaluationResult result = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Tasks.Select(task => task.Task), Is.EqualTo(new[] { "a", "b" }));
            AssertScores(result.Tasks[0], weights, classes: 4, seed: 3);
            AssertScores(result.Tasks[1], weights, classes: 4, seed: 5);
            Assert.That(result.Tasks[0].Examples, Is.EqualTo(7));
            Assert.That(result.Tasks[0].Batches, Is.EqualTo(3));
            Assert.That(result.Forward, Is.GreaterThan(TimeSpan.Zero));
        }
    }

    [Test]
    public void Evaluate_HeadsOfDifferentSizes_ScoresEachWithItsOwn()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 3, seed: 3), Task("b", classes: 9, seed: 5));
        WeightSet weights = Mlp.Weights(1);

        EvaluationResult result = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            AssertScores(result.Tasks[0], weights, classes: 3, seed: 3);
            AssertScores(result.Tasks[1], weights, classes: 9, seed: 5);
        }
    }

    [Test]
    public void Evaluate_Int32Ids_AreFed()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        Replace(task, batch => batch.With("id", Array.ConvertAll(Mlp.Ids(7, 3), id => (byte)id), 7));
        using IEvaluator evaluator = Create(new Mlp { IdType = OrtElementType.Int32 }, task);
        WeightSet weights = Mlp.Weights(1);

        AssertScores(evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None).Tasks[0], weights, classes: 4, seed: 3);
    }

    [Test]
    public void Evaluate_Float16Initializers_AreFedTheRoundedWeights()
    {
        using IEvaluator evaluator = Create(new Mlp { WeightType = OrtElementType.Float16 }, Task("a", classes: 4, seed: 3));
        WeightSet weights = Mlp.Weights(1);
        evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);
        Mlp.Fill(weights, 2);

        EvaluationResult result = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);

        AssertScores(result.Tasks[0], weights, classes: 4, seed: 3, round: value => (double)(Half)value);
    }

    [Test]
    public void Evaluate_WeightsChangeInPlace_GivesTheNewScoresAndTheOldBitsAgain()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));
        WeightSet weights = Mlp.Weights(1);

        double first = Entropy(evaluator, weights);
        Mlp.Fill(weights, 2);
        double second = Entropy(evaluator, weights);
        Mlp.Fill(weights, 1);
        double third = Entropy(evaluator, weights);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.Not.EqualTo(first));
            Assert.That(third, Is.EqualTo(first));
        }
    }

    [Test]
    public void Evaluate_SeveralWeightSets_AreScoredEachOnItsOwn()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));
        WeightSet one = Mlp.Weights(1);
        WeightSet two = Mlp.Weights(2);

        double first = Entropy(evaluator, one);
        double second = Entropy(evaluator, two);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Entropy(evaluator, one), Is.EqualTo(first));
            Assert.That(Entropy(evaluator, two), Is.EqualTo(second));
            Assert.That(second, Is.Not.EqualTo(first));
        }
    }

    [Test]
    public void Evaluate_TwoEvaluators_GiveTheSameBits()
    {
        WeightSet weights = Mlp.Weights(1);
        using IEvaluator one = Create(new Mlp(), Task("a", classes: 4, seed: 3));
        using IEvaluator two = Create(new Mlp(), Task("a", classes: 4, seed: 3));

        Assert.That(Entropy(two, weights), Is.EqualTo(Entropy(one, weights)));
    }

    [Test]
    public void Evaluate_FixedBatch_Works()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        using IEvaluator evaluator = Create(new Mlp { FixedRows = 7 }, task);
        WeightSet weights = Mlp.Weights(1);

        AssertScores(evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None).Tasks[0], weights, classes: 4, seed: 3);
    }

    [Test]
    public void Evaluate_ScoresThatCompareWithExperts_AreTheHandComputedOnes()
    {
        Score[] scores =
        [
            new(ScoreKind.Kl) { Temperature = 2 },
            new(ScoreKind.PseudoLabel),
            new(ScoreKind.CrossEntropy),
            new(ScoreKind.Infomax),
            new(ScoreKind.FeatureL1) { Node = "activated" },
            new(ScoreKind.FeatureL2) { Node = "make activated" },
            new(ScoreKind.FeatureCosine) { Node = "logits" },
        ];
        EvaluatorTask a = Task("a", classes: 3, seed: 3) with { Expert = Mlp.Expert(classes: 3, headSeed: 3, bodySeed: 7) };
        EvaluatorTask b = Task("b", classes: 9, seed: 5) with { Expert = Mlp.Expert(classes: 9, headSeed: 5, bodySeed: 8) };
        using IEvaluator evaluator = Create(Options(new Mlp(), a, b) with { Scores = scores });
        WeightSet weights = Mlp.Weights(1);

        EvaluationResult result = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);

        foreach ((TaskScores task, int classes, int seed, int body) in new[] { (result.Tasks[0], 3, 3, 7), (result.Tasks[1], 9, 5, 8) })
        {
            MemoryCheckpoint head = Mlp.Head(classes, seed);
            Func<string, double[]> merged = WeightsOf(weights, head);
            Func<string, double[]> expert = WeightsOf(Mlp.Weights(body), head);
            float[] x = Mlp.Numbers(7 * Mlp.Features, seed);
            long[] ids = Mlp.Ids(7, seed);
            float[] logits = Mlp.Logits(merged, x, ids, classes);
            float[] expertLogits = Mlp.Logits(expert, x, ids, classes);
            PredictionScores known = new("known", scores);
            known.Add(new PredictionBatch { Logits = logits, Classes = classes, Labels = Labels(classes, seed), ExpertLogits = expertLogits });
            float[] hidden = Array.ConvertAll(Mlp.Activated(merged, x, ids), value => (float)value);
            float[] expertHidden = Array.ConvertAll(Mlp.Activated(expert, x, ids), value => (float)value);
            known.AddFeature("activated", hidden, expertHidden, 7);
            known.AddFeature("make activated", hidden, expertHidden, 7);
            known.AddFeature("logits", logits, expertLogits, 7);
            foreach ((string name, double value) in known.ToTaskScores().Scores)
            {
                Assert.That(task.Scores[name], Is.EqualTo(value).Within(1e-5), $"{task.Task}/{name}");
            }

            Assert.That(task.MeanPrediction, Is.EqualTo(known.ToTaskScores().MeanPrediction).Within(1e-6));
        }
    }

    // Seven examples are seven blocks: each is the score of its example alone.
    [Test]
    public void Evaluate_ReportData_KeepsScoresByBlock()
    {
        Score[] scores =
        [
            new(ScoreKind.Kl) { Temperature = 2 }, new(ScoreKind.PseudoLabel), new(ScoreKind.CrossEntropy), new(ScoreKind.EntropyNormalised),
            new(ScoreKind.FeatureL1) { Node = "activated" }, new(ScoreKind.FeatureL2) { Node = "activated" }, new(ScoreKind.FeatureCosine) { Node = "activated" },
        ];
        EvaluatorTask[] tasks = [.. new[] { ("a", 3, 3, 7), ("b", 9, 5, 8) }.Select(task =>
        {
            EvaluatorTask known = Task(task.Item1, task.Item2, task.Item3) with { Expert = Mlp.Expert(task.Item2, headSeed: task.Item3, bodySeed: task.Item4) };
            return known with { Batches = new Dictionary<DataRole, string> { [DataRole.Report] = known.Batches.Values.Single() } };
        })];
        using IEvaluator evaluator = Create(Options(new Mlp(), tasks) with { Scores = scores });
        WeightSet weights = Mlp.Weights(1);
        IReadOnlyList<TaskScores> results = evaluator.Evaluate(weights, DataRole.Report, CancellationToken.None).Tasks;

        foreach ((TaskScores task, int classes, int seed, int body) in new[] { (results[0], 3, 3, 7), (results[1], 9, 5, 8) })
        {
            MemoryCheckpoint head = Mlp.Head(classes, seed);
            (Func<string, double[]> merged, Func<string, double[]> expert) = (WeightsOf(weights, head), WeightsOf(Mlp.Weights(body), head));
            for (int example = 0; example < 7; example++)
            {
                float[] x = Mlp.Numbers(7 * Mlp.Features, seed)[(example * Mlp.Features)..((example + 1) * Mlp.Features)];
                long[] ids = [Mlp.Ids(7, seed)[example]];
                var known = new PredictionScores("known", scores);
                known.Add(new PredictionBatch { Logits = Mlp.Logits(merged, x, ids, classes), Classes = classes, Labels = [Labels(classes, seed)[example]], ExpertLogits = Mlp.Logits(expert, x, ids, classes) });
                known.AddFeature("activated", Array.ConvertAll(Mlp.Activated(merged, x, ids), value => (float)value), Array.ConvertAll(Mlp.Activated(expert, x, ids), value => (float)value), 1);
                IReadOnlyDictionary<string, double> alone = known.ToTaskScores().Scores;
                Assert.That(task.Blocks.Keys, Is.EquivalentTo(alone.Keys.Except(["marginal_entropy"])));
                foreach ((string name, IReadOnlyList<double> blocks) in task.Blocks)
                {
                    Assert.That(blocks, Has.Count.EqualTo(7));
                    Assert.That(blocks[example], Is.EqualTo(alone[name]).Within(2e-6), $"{task.Task}/{name}, example {example}");
                }
            }
        }
    }

    // More examples than blocks, in batches that end within blocks.
    [Test]
    public void Evaluate_ManyExamples_SharesThemOutToBlocksInTheirOrder()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        task = task with { Batches = new Dictionary<DataRole, string> { [DataRole.Select] = task.Batches.Values.Single() } };
        Replace(task, _ => Mlp.Batches(70, 3, 4));
        using IEvaluator evaluator = Create(Options(new Mlp(), task) with { BatchSize = 11 });
        WeightSet weights = Mlp.Weights(1);
        TaskScores scores = evaluator.Evaluate(weights, DataRole.Select, CancellationToken.None).Tasks[0];

        var known = new PredictionScores("known", 70, []);
        int[] labels = [.. Enumerable.Range(0, 70).Select(i => (i + 3) % 4)];
        known.Add(new PredictionBatch { Logits = Mlp.Logits(WeightsOf(weights, Mlp.Head(4, 3)), Mlp.Numbers(70 * Mlp.Features, 3), Mlp.Ids(70, 3), 4), Classes = 4, Labels = labels });
        IReadOnlyDictionary<string, IReadOnlyList<double>> blocks = known.ToTaskScores().Blocks;
        Assert.That(scores.Blocks["entropy"], Has.Count.EqualTo(ScoreBlocks.Most).And.EqualTo(blocks["entropy"]).Within(2e-6));
        Assert.That(scores.Blocks["accuracy"], Is.EqualTo(blocks["accuracy"]));
        Assert.That(blocks["entropy"].Distinct().Count(), Is.EqualTo(ScoreBlocks.Most), "no two blocks are alike");
    }

    // Two tasks of different sizes in batches that end within rungs; rungs' scores join to those of all examples, whatever is compared.
    [Test]
    public void Evaluate_StretchesOfTheExamples_JoinToAllOfThem()
    {
        EvaluatorTask a = Task("a", classes: 4, seed: 3);
        EvaluatorTask b = Task("b", classes: 4, seed: 5);
        a = a with { Expert = Mlp.Expert(classes: 4, headSeed: 3, bodySeed: 7) };
        b = b with { Expert = Mlp.Expert(classes: 4, headSeed: 5, bodySeed: 8) };
        Replace(a, _ => Mlp.Batches(37, 3, 4));
        Replace(b, _ => Mlp.Batches(16, 5, 4));
        Score[] scores = [new(ScoreKind.Kl), new(ScoreKind.FeatureL2) { Node = "activated" }, new(ScoreKind.PseudoLabel), new(ScoreKind.CrossEntropy), new(ScoreKind.Infomax)];
        using IEvaluator evaluator = Create(Options(new Mlp(), a, b) with { BatchSize = 11, Scores = scores });
        WeightSet weights = Mlp.Weights(1);
        double[] ends = [0, 0.125, 0.25, 0.5, 1];
        EvaluationResult[] rungs = [.. ends.Zip(ends.Skip(1)).Select(pair => ((IPartialEvaluator)evaluator).Evaluate(weights, DataRole.Search, new ExampleStretch(9, pair.First, pair.Second), CancellationToken.None))];
        EvaluationResult all = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);
        EvaluationResult again = ((IPartialEvaluator)evaluator).Evaluate(weights, DataRole.Search, new ExampleStretch(9, 0, 0.125), CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            for (int task = 0; task < 2; task++)
            {
                TaskScores joined = JoinedScores.Of([.. rungs.Select(rung => rung.Tasks[task])]);
                TaskScores expected = all.Tasks[task];
                Assert.That(joined.Examples, Is.EqualTo(expected.Examples));
                Assert.That(joined.Scores.Keys, Is.EquivalentTo(expected.Scores.Keys));
                Assert.That(joined.Scores.Keys.Select(name => joined.Scores[name]), Is.EqualTo(joined.Scores.Keys.Select(name => expected.Scores[name])).Within(2e-6));
                Assert.That(rungs.Select(rung => rung.Tasks[task].Scores["kl"]).Distinct().Count(), Is.EqualTo(4), "no two rungs are alike");
                Assert.That(rungs.Select(rung => rung.Tasks[task].Blocks["kl"].Count), Is.EqualTo(rungs.Select(rung => rung.Tasks[task].Examples)), "a block an example, where there are few");
                Assert.That(rungs.Select(rung => rung.Tasks[task].Blocks["feature_l2:activated"].Average()), Is.EqualTo(rungs.Select(rung => rung.Tasks[task].Scores["feature_l2:activated"])).Within(1e-9));
                Assert.That(again.Tasks[task].Scores.Values, Is.EqualTo(rungs[0].Tasks[task].Scores.Values), "the same bits again");
            }
        }
    }

    [Test]
    public void Evaluate_StretchesOfAFixedBatch_MustBeMultiplesOfIt()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        Replace(task, _ => Mlp.Batches(28, 3, 4));
        using IEvaluator evaluator = Create(new Mlp { FixedRows = 7 }, task);
        TaskScores Score(double from, double to) => ((IPartialEvaluator)evaluator).Evaluate(Mlp.Weights(1), DataRole.Search, new ExampleStretch(9, from, to), CancellationToken.None).Tasks[0];
        Assert.That(JoinedScores.Of([Score(0, 0.25), Score(0.25, 1)]).Scores["entropy"], Is.EqualTo(Entropy(evaluator, Mlp.Weights(1))).Within(1e-6));
        Assert.That(() => Score(0, 0.4), Throws.TypeOf<SearchException>().With.Message.Contains("the graph fixes 7 examples a batch, and a rung of the race has 12 of batches3.safetensors; let it have a multiple, or export the graph with a free first axis"));
    }

    [Test]
    public void Evaluate_StretchWithoutAnExample_SaysWhose()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));
        Assert.That(() => ((IPartialEvaluator)evaluator).Evaluate(Mlp.Weights(1), DataRole.Search, new ExampleStretch(9, 0.15, 0.2), CancellationToken.None), Throws.TypeOf<SearchException>().With.Message.Contains("a rung of the race has none of its 7 examples"));
    }

    [Test]
    public void Evaluate_SearchData_KeepsNoBlocks()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));
        Assert.That(evaluator.Evaluate(Mlp.Weights(1), DataRole.Search, CancellationToken.None).Tasks[0].Blocks, Is.Empty);
    }

    [Test]
    public void Evaluate_TheExpertItself_IsAtNoDistanceAndItsOutputsAreComputedOnce()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3) with { Expert = Mlp.Expert(classes: 4, headSeed: 3, bodySeed: 7) };
        using IEvaluator evaluator = Create(Options(new Mlp(), task) with { Scores = [new(ScoreKind.Kl), new(ScoreKind.FeatureL1) { Node = "activated" }] });
        MemoryCheckpoint expert = (MemoryCheckpoint)task.Expert;

        TaskScores self = evaluator.Evaluate(Mlp.Weights(7), DataRole.Search, CancellationToken.None).Tasks[0];
        int reads = expert.Reads;
        TaskScores other = evaluator.Evaluate(Mlp.Weights(1), DataRole.Search, CancellationToken.None).Tasks[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(self.Scores["kl"], Is.Zero);
            Assert.That(self.Scores["feature_l1:activated"], Is.Zero);
            Assert.That(other.Scores["kl"], Is.GreaterThan(1e-3));
            Assert.That(expert.Reads, Is.EqualTo(reads));
        }
    }

    [Test]
    public void Evaluate_PrivateTensorsOfAnExport_AreComparedWithTheExpertsOwn()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3) with { Expert = Mlp.Expert(classes: 4, headSeed: 3, bodySeed: 7), Private = Mlp.Head(4, 20) };
        using IEvaluator evaluator = Create(Options(new Mlp(), task) with { Scores = [new(ScoreKind.Kl), new(ScoreKind.FeatureL1) { Node = "activated" }] });

        TaskScores scores = evaluator.Evaluate(Mlp.Weights(7), DataRole.Search, CancellationToken.None).Tasks[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.Scores["kl"], Is.GreaterThan(1e-3), "another head");
            Assert.That(scores.Scores["feature_l1:activated"], Is.Zero, "on the same body");
        }
    }

    // logits[i] = table[token i]: each token predicts the next.
    [Test]
    public void Evaluate_NextToken_IsTheHandComputedScore()
    {
        const int Vocabulary = 5;
        GraphProto graph = new() { Name = "bigram" };
        graph.Input.Add(Mlp.Value("mask", OrtElementType.Float, null, 3));
        graph.Input.Add(Mlp.Value("ids", OrtElementType.Int64, null, 3));
        graph.Output.Add(Mlp.Value("logits", OrtElementType.Float, null, 3, Vocabulary));
        graph.Initializer.Add(Mlp.Tensor("table", OrtElementType.Float, new float[Vocabulary * Vocabulary], Vocabulary, Vocabulary));
        graph.Node.Add(new NodeProto { OpType = "Gather", Input = { "table", "ids" }, Output = { "logits" } });
        ModelProto model = new() { IrVersion = 7, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } } };
        string path = Path.Combine(Folder, "bigram.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        _batches["text"] = new MemoryCheckpoint("text").With("ids", new long[] { 0, 1, 2, 4, 4, 3 }, 2, 3).With("mask", new float[6], 2, 3);
        WeightLayout layout = new([new WeightSlot("table", [Vocabulary, Vocabulary])]);
        WeightSet weights = new(layout);
        float[] table = Mlp.Numbers(Vocabulary * Vocabulary, 2);
        table.CopyTo(weights[0]);
        EvaluatorOptions options = new()
        {
            GraphPath = path,
            Tasks = [new EvaluatorTask("t", new MemoryCheckpoint(), new Dictionary<DataRole, string> { [DataRole.Search] = "text" })],
            OpenBatches = name => _batches[name],
            Scores = [new(ScoreKind.NextToken)],
            BatchSize = 1,
            Threads = 1,
            Device = "cpu",
        };
        using IEvaluator evaluator = Create(layout, options);

        TaskScores scores = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None).Tasks[0];

        double Surprise(int token, int next)
        {
            double[] row = [.. table.Skip(token * Vocabulary).Take(Vocabulary).Select(value => (double)value)];
            return Math.Log(row.Sum(Math.Exp)) - row[next];
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.Scores["next_token"], Is.EqualTo((Surprise(0, 1) + Surprise(1, 2) + Surprise(4, 4) + Surprise(4, 3)) / 4).Within(1e-6));
            Assert.That(
                () => Create(layout, options with { Scores = [new(ScoreKind.NextToken) { Tokens = "idx" }] }),
                Throws.TypeOf<SearchException>().With.Message.Contains("no integer input 'idx' for next_token to read (did you mean 'ids'?)"));
        }
    }

    [Test]
    public void Constructor_NodeThatIsNotThere_NamesTheNearest() =>
        Assert.That(
            () => Create(Options(new Mlp(), Task("a", classes: 4, seed: 3)) with { Scores = [new(ScoreKind.FeatureL1) { Node = "activatd" }] }),
            Throws.TypeOf<SearchException>().With.Message.Contains("there is no output and no node 'activatd' to compare features at (did you mean 'activated'?)"));

    [Test]
    public void Constructor_CrossEntropyWithoutLabels_NamesTheFile()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        _batches[task.Batches.Values.First()] = new MemoryCheckpoint("bare.safetensors").With("x", Mlp.Numbers(7 * Mlp.Features, 3), 7, Mlp.Features).With("id", Mlp.Ids(7, 3), 7);

        Assert.That(
            () => Create(Options(new Mlp(), task) with { Scores = [new(ScoreKind.CrossEntropy)] }),
            Throws.TypeOf<SearchException>().With.Message.Contains("cross_entropy needs labels, and the file has no tensor 'label'"));
    }

    [Test]
    public void Evaluate_ExpertWithoutMergedTensors_SaysWhichIsMissing()
    {
        using IEvaluator evaluator = Create(Options(new Mlp(), Task("a", classes: 4, seed: 3)) with { Scores = [new(ScoreKind.Kl)] });

        Assert.That(() => Entropy(evaluator, Mlp.Weights(1)), Throws.TypeOf<SearchException>().With.Message.Contains("the expert of task 'a' is to be compared with, and has no tensor 'b1' of the shape [4]"));
    }

    [Test]
    public void Evaluate_RoleIsFirstUsed_ReadsItsFileThenAndOnlyOnce()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        using IEvaluator evaluator = Create(new Mlp(), task);
        MemoryCheckpoint file = Batch(task);
        int before = file.Reads;
        Entropy(evaluator, Mlp.Weights(1));
        int after = file.Reads;
        Entropy(evaluator, Mlp.Weights(1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.Zero);
            Assert.That(after, Is.GreaterThan(0));
            Assert.That(file.Reads, Is.EqualTo(after));
            Assert.That(file.IsDisposed);
        }
    }

    [Test]
    public void Evaluate_TaskWithoutTheRole_IsLeftOut()
    {
        EvaluatorTask report = Task("b", classes: 4, seed: 5);
        report = report with { Batches = new Dictionary<DataRole, string> { [DataRole.Report] = report.Batches[DataRole.Search] } };
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3), report);
        WeightSet weights = Mlp.Weights(1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None).Tasks.Single().Task, Is.EqualTo("a"));
            Assert.That(evaluator.Evaluate(weights, DataRole.Report, CancellationToken.None).Tasks.Single().Task, Is.EqualTo("b"));
            Assert.That(() => evaluator.Evaluate(weights, DataRole.Select, CancellationToken.None), Throws.ArgumentException);
        }
    }

    [Test]
    public void Evaluate_NaNWeight_FailsTheCandidateAndTheNextOneWorks()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));
        WeightSet weights = Mlp.Weights(1);
        double good = Entropy(evaluator, weights);
        weights[1].Span.Fill(float.NaN);

        Assert.That(() => Entropy(evaluator, weights), Throws.TypeOf<EvaluationException>().With.Message.Contains("Task 'a'"));

        Mlp.Fill(weights, 1);
        Assert.That(Entropy(evaluator, weights), Is.EqualTo(good));
    }

    [Test]
    public void Evaluate_Cancelled_Throws()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));

        Assert.That(() => evaluator.Evaluate(Mlp.Weights(1), DataRole.Search, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Evaluate_OtherLayout_Throws()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));
        WeightSet other = new(new WeightLayout([new WeightSlot("b1", [4])]));

        Assert.That(() => evaluator.Evaluate(other, DataRole.Search, CancellationToken.None), Throws.ArgumentException);
    }

    [Test]
    public void Evaluate_WeightSetIsForgotten_ReleasesItsHandles()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));
        Entropy(evaluator, Mlp.Weights(1));
        long before = LiveHandles;

        for (int i = 0; i < 20; i++)
        {
            Entropy(evaluator, Mlp.Weights(1));
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(LiveHandles, Is.LessThan(before + (10 * Mlp.Layout.Tensors.Count)));
    }

    [Test]
    public void Constructor_SecondFileDoesNotFit_ThrowsAndReleasesTheFirst()
    {
        EvaluatorTask good = Task("a", classes: 4, seed: 3);
        EvaluatorTask bad = Task("b", classes: 4, seed: 5);
        Replace(bad, batch => batch.With("x", new float[4], 2, 2));

        Assert.That(() => Create(new Mlp(), good, bad), Throws.TypeOf<SearchException>().With.Message.Contains("tensor 'x': the graph expects the shape [?, 3], found [2, 2]"));
        Assert.That(Batch(good).IsDisposed);
    }

    [Test]
    public void Constructor_ExpertLacksPrivateTensors_ListsThem()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3) with { Expert = new MemoryCheckpoint("e.safetensors").With("head.weigth", new float[16], 4, 4).With("head.bias", new int[4], 4) };

        Assert.That(
            () => Create(new Mlp(), task),
            Throws.TypeOf<SearchException>().With.Message.Contains("'head.weight': e.safetensors, the expert of task 'a', has no such tensor (did you mean 'head.weigth'?)")
                .And.Message.Contains("'head.bias': e.safetensors, the expert of task 'a', holds I32"));
    }

    [Test]
    public void Constructor_MapForNoInput_Throws()
    {
        EvaluatorOptions options = Options(new Mlp(), Task("a", classes: 4, seed: 3));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => Create(options with { Inputs = Map("xx", 1) }),
                Throws.TypeOf<SearchException>().With.Message.Contains("the map for input 'xx' has no input to go to (did you mean 'x'?)"));
            Assert.That(() => Create(options with { Inputs = Map("id", 1) }), Throws.TypeOf<SearchException>().With.Message.Contains("takes int64"));
            Assert.That(() => Create(options with { Inputs = Map("x", double.NaN) }), Throws.ArgumentException);
        }
    }

    [Test]
    public void Constructor_SettingsOutOfRange_Throws()
    {
        EvaluatorOptions options = Options(new Mlp(), Task("a", classes: 4, seed: 3));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Create(options with { BatchSize = 0 }), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Create(options with { Threads = -1 }), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Create(options with { Tasks = [] }), Throws.ArgumentException);
            Assert.That(() => Create(options with { PrivateTensors = ["w1"] }), Throws.ArgumentException);
            Assert.That(() => Create(options with { Device = "gpu" }), Throws.TypeOf<SearchException>().With.Message.Contains("auto, cpu, cuda"));
            Assert.That(() => Create(options with { Device = "cuda:-1" }), Throws.TypeOf<SearchException>().With.Message.Contains("auto, cpu, cuda"));
        }
    }

    // Two tasks of seven examples. Task by task four passes of four are needed at least, together three and a half.
    [TestCase(64, 1, 1, 1)]
    [TestCase(4, 4, 2, 3)]
    public void Evaluate_SeveralTasks_ShareForwardPasses(int batchSize, int passes, int first, int second)
    {
        using IEvaluator evaluator = Create(Options(new Mlp(), Task("a", classes: 3, seed: 3), Task("b", classes: 9, seed: 5)) with { BatchSize = batchSize });
        WeightSet weights = Mlp.Weights(1);
        evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None); // tries out whether they may
        int before = Passes(evaluator);

        EvaluationResult result = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Passes(evaluator) - before, Is.EqualTo(passes));
            Assert.That(result.Tasks.Select(task => task.Batches), Is.EqualTo(new[] { first, second }));
            Assert.That(evaluator.Notes, Is.Empty);
            AssertScores(result.Tasks[0], weights, classes: 3, seed: 3);
            AssertScores(result.Tasks[1], weights, classes: 9, seed: 5);
        }
    }

    [TestCase(64)]
    [TestCase(4)]
    public void Evaluate_WithAnotherTask_GivesWhatTheTaskAloneGives(int batchSize)
    {
        Score[] scores = [new(ScoreKind.Kl), new(ScoreKind.CrossEntropy), new(ScoreKind.FeatureL2) { Node = "activated" }, new(ScoreKind.FeatureCosine) { Node = "logits" }];
        EvaluatorTask a = Task("a", classes: 3, seed: 3) with { Expert = Mlp.Expert(classes: 3, headSeed: 3, bodySeed: 7) };
        EvaluatorTask b = Task("b", classes: 9, seed: 5) with { Expert = Mlp.Expert(classes: 9, headSeed: 5, bodySeed: 8) };
        EvaluatorOptions options = Options(new Mlp(), a, b) with { Scores = scores, BatchSize = batchSize };
        using IEvaluator both = Create(options);
        TaskScores[] together = [.. both.Evaluate(Mlp.Weights(1), DataRole.Search, CancellationToken.None).Tasks];
        foreach ((EvaluatorTask task, TaskScores known) in options.Tasks.Zip(together))
        {
            Replace(task, batch => batch.With("x", Mlp.Numbers(7 * Mlp.Features, task == a ? 3 : 5), 7, Mlp.Features)); // the first evaluator closed it
            using IEvaluator alone = Create(options with { Tasks = [task] });
            TaskScores scored = alone.Evaluate(Mlp.Weights(1), DataRole.Search, CancellationToken.None).Tasks[0];
            Assert.That(scored.Scores.Keys, Is.EquivalentTo(known.Scores.Keys));
            Assert.That(scored.Scores.Select(score => score.Value), Is.EqualTo(scored.Scores.Select(score => known.Scores[score.Key])).Within(1e-6), task.Name);
        }
    }

    [Test]
    public void Evaluate_FixedBatchOfSeveralTasks_IsKeptAndSaidSo()
    {
        using IEvaluator evaluator = Create(new Mlp { FixedRows = 7 }, Task("a", classes: 4, seed: 3), Task("b", classes: 4, seed: 5));
        WeightSet weights = Mlp.Weights(1);

        EvaluationResult result = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);

        AssertScores(result.Tasks[1], weights, classes: 4, seed: 5);
        Assert.That(evaluator.Notes, Is.EqualTo(new[] { "The graph fixes how many examples a batch has, so each task has forward passes of its own." }));
    }

    // The task's own matrix is the first thing that its examples meet.
    [Test]
    public void Evaluate_TaskSpecificTensorsFirst_HasPassesOfTheirOwnAndSaysSo()
    {
        GraphProto graph = new() { Name = "own first" };
        graph.Input.Add(Mlp.Value("x", OrtElementType.Float, null, 2));
        graph.Output.Add(Mlp.Value("logits", OrtElementType.Float, null, 2));
        graph.Initializer.Add(Mlp.Tensor("own", OrtElementType.Float, new float[4], 2, 2));
        graph.Initializer.Add(Mlp.Tensor("w", OrtElementType.Float, new float[4], 2, 2));
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "x", "own" }, Output = { "hidden" } });
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "hidden", "w" }, Output = { "logits" } });
        string path = Path.Combine(Folder, "first.onnx");
        File.WriteAllBytes(path, new ModelProto { IrVersion = 7, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } } }.ToByteArray());
        EvaluatorTask Own(string name, float scale)
        {
            _batches[name] = new MemoryCheckpoint(name).With("x", new float[] { 1, 0 }, 1, 2);
            return new EvaluatorTask(name, new MemoryCheckpoint(name).With("own", new[] { scale, 0, 0, 1 }, 2, 2), new Dictionary<DataRole, string> { [DataRole.Search] = name });
        }

        WeightLayout layout = new([new WeightSlot("w", [2, 2])]);
        WeightSet weights = new(layout);
        new float[] { 1, 0, 0, 1 }.CopyTo(weights[0]);
        using IEvaluator evaluator = Create(layout, new EvaluatorOptions { GraphPath = path, Tasks = [Own("a", 1), Own("b", 2)], OpenBatches = name => _batches[name], PrivateTensors = ["own"], Threads = 1, Device = "cpu" });

        EvaluationResult result = evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None);

        static double Entropy(double margin) => Math.Log(1 + Math.Exp(-margin)) + (margin / (1 + Math.Exp(margin))); // of softmax [margin, 0]
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Tasks.Select(task => task.Scores["entropy"]), Is.EqualTo(new[] { Entropy(1), Entropy(2) }).Within(1e-6));
            Assert.That(evaluator.Notes, Is.EqualTo(new[] { "The graph begins with task-specific tensors, so each task has forward passes of its own." }));
        }
    }

    protected abstract int Passes(IEvaluator evaluator);

    protected static double Entropy(IEvaluator evaluator, WeightSet weights) =>
        evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None).Tasks[0].Scores["entropy"];

    private static Dictionary<string, AffineMap> Map(string name, double scale) => new() { [name] = new AffineMap(scale, 0) };

    private static void AssertScores(TaskScores scores, WeightSet weights, int classes, int seed, Func<float, double>? round = null)
    {
        MemoryCheckpoint head = Mlp.Head(classes, seed);
        PredictionScores expected = new("expected");
        expected.Add(
            Mlp.Logits(WeightsOf(weights, head, round), Mlp.Numbers(7 * Mlp.Features, seed), Mlp.Ids(7, seed), classes),
            classes,
            Labels(classes, seed));
        TaskScores known = expected.ToTaskScores();
        Assert.That(scores.Scores["entropy"], Is.EqualTo(known.Scores["entropy"]).Within(1e-6));
        Assert.That(scores.Scores["accuracy"], Is.EqualTo(known.Scores["accuracy"]));
    }

    private static int[] Labels(int classes, int seed) => [.. Enumerable.Range(0, 7).Select(i => (i + seed) % classes)];

    private static Func<string, double[]> WeightsOf(WeightSet weights, MemoryCheckpoint head, Func<float, double>? round = null) => name =>
    {
        int slot = Mlp.Layout.Tensors.ToList().FindIndex(tensor => tensor.Name == name);
        float[] values = slot >= 0 ? weights[slot].ToArray() : TensorReader.ReadFloats(head, head.Find(name)!, 0, (int)head.Find(name)!.ElementCount, null);
        return Array.ConvertAll(values, value => round?.Invoke(value) ?? value);
    };

    protected EvaluatorTask Task(string name, int classes, int seed, int? headSeed = null)
    {
        string path = $"{name}.search.safetensors";
        _batches[path] = Mlp.Batches(7, seed, classes);
        return new EvaluatorTask(name, Mlp.Head(classes, headSeed ?? seed), new Dictionary<DataRole, string> { [DataRole.Search] = path });
    }

    protected MemoryCheckpoint Batch(EvaluatorTask task) => _batches[task.Batches.Values.First()];

    protected void Replace(EvaluatorTask task, Func<MemoryCheckpoint, MemoryCheckpoint> change) => _batches[task.Batches.Values.First()] = change(Batch(task));

    protected IEvaluator Create(Mlp mlp, params EvaluatorTask[] tasks) => Create(Options(mlp, tasks));

    protected IEvaluator Create(EvaluatorOptions options) => Create(Mlp.Layout, options);

    protected abstract IEvaluator Create(WeightLayout layout, EvaluatorOptions options);

    protected EvaluatorOptions Options(Mlp mlp, params EvaluatorTask[] tasks)
    {
        string path = Path.Combine(Folder, "mlp.onnx");
        File.WriteAllBytes(path, mlp.Build().ToByteArray());
        return new EvaluatorOptions
        {
            GraphPath = path,
            Tasks = tasks,
            OpenBatches = name => _batches[name],
            PrivateTensors = Mlp.HeadNames,
            BatchSize = 3,
            Threads = 2,
            Device = "cpu",
        };
    }
}
