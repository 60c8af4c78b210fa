using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Controller;
using Search.Evaluation.Torch;
using Search.Merging;
using Search.Merging.Operators;
using Search.Merging.Sparsifiers;
using Search.Native;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;
using Search.Results;
using Search.Strategies;

namespace Search.Evaluation.Tests.Torch;

internal sealed class TorchEvaluatorTests : EvaluatorContract
{
    private static readonly Score[] EveryScore =
    [
        new(ScoreKind.Entropy),
        new(ScoreKind.EntropyNormalised),
        new(ScoreKind.MarginalEntropy),
        new(ScoreKind.Infomax),
        new(ScoreKind.Kl),
        new(ScoreKind.Kl) { Temperature = 2 },
        new(ScoreKind.PseudoLabel),
        new(ScoreKind.CrossEntropy),
        new(ScoreKind.FeatureL1) { Node = "activated" },
        new(ScoreKind.FeatureL2) { Node = "make activated" },
        new(ScoreKind.FeatureCosine) { Node = "logits" },
    ];

    private bool _loaded;

    protected override long LiveHandles => _loaded ? TorchLibrary.LiveTensors : 0;

    private static IEnumerable<TestCaseData> Objectives
    {
        get
        {
            var weights = new Dictionary<string, double> { ["a"] = 1, ["b"] = 3 };
            ObjectiveTerm[] sum = [new(EveryScore[5], 0.5), new(EveryScore[10], 2), new(EveryScore[3], 1), new(EveryScore[7], -0.25)];
            IEnumerable<Objective> objectives =
            [
                .. EveryScore.Select(score => new Objective([new ObjectiveTerm(score, 1)])),
                new Objective(sum),
                new Objective(sum, Aggregation.Weighted) { Weights = weights, Regulariser = new Regulariser(0.1, 0.2, 0.3) },
                new Objective(sum, Aggregation.Max) { Regulariser = new Regulariser(0.1, 0, 0) },
                new Objective(ScoreKind.MarginalEntropy, Aggregation.Max),
            ];
            return objectives.Select(objective => new TestCaseData(objective).SetArgDisplayNames($"{objective.Title}, {objective.Aggregate}"));
        }
    }

    [SetUp]
    public void LoadLibrary()
    {
        try
        {
            TorchLibrary.Describe();
            _loaded = true;
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }
    }

    [TestCase(3)]
    [TestCase(64)]
    public void Evaluate_EveryScore_EqualsTheOtherEngines(int batchSize)
    {
        OnnxRuntimeLibrary library;
        try
        {
            library = OnnxRuntimeLibrary.Load();
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
            return;
        }

        using IEvaluator torch = Create(Compared(batchSize));
        using var other = new OnnxRuntimeEvaluator(Mlp.Layout, Compared(batchSize), library);
        foreach (int seed in new[] { 1, 2 })
        {
            WeightSet weights = Mlp.Weights(seed);
            TaskScores[] ours = [.. torch.Evaluate(weights, DataRole.Search, CancellationToken.None).Tasks];
            TaskScores[] theirs = [.. other.Evaluate(weights, DataRole.Search, CancellationToken.None).Tasks];
            foreach ((TaskScores task, TaskScores known) in ours.Zip(theirs))
            {
                Assert.That(task.Scores.Keys.Order(), Is.EqualTo(known.Scores.Keys.Order()));
                Assert.That(task.Scores.Select(score => score.Value - known.Scores[score.Key]), Is.All.EqualTo(0).Within(1e-5));
                Assert.That(task.MeanPrediction, Is.EqualTo(known.MeanPrediction).Within(1e-6));
                Assert.That(task.Examples, Is.EqualTo(known.Examples));
            }
        }
    }

    [TestCaseSource(nameof(Objectives))]
    public void EvaluateGradient_AnyObjective_EqualsFiniteDifferencesAtEveryGranularity(Objective objective)
    {
        using ModelFamily family = Family();
        using IEvaluator whole = Create(Compared(64));
        using IEvaluator pieces = Create(Compared(3));
        foreach (Granularity granularity in Enum.GetValues<Granularity>())
        {
            MergeSpace space = Space(family, granularity);
            double[] at = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.36 + (0.07 * (i % 5)))];
            AssertIsTheDerivative(family, space, objective, at, whole, pieces);
        }
    }

    [TestCaseSource(nameof(Objectives))]
    public void ResidentEvaluator_AnyObjective_GivesWhatMergingOnTheHostGives(Objective objective)
    {
        using ModelFamily family = Family();
        MergeSpace space = Space(family, Granularity.Tensor);
        double[] at = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.36 + (0.07 * (i % 5)))];
        foreach (int batchSize in new[] { 3, 64 })
        {
            using IEvaluator host = Create(Compared(batchSize));
            using IEvaluator resident = ResidentEvaluator.Place(Create(Compared(batchSize)), space.Merge.Vectors, "float32", Assert.Fail);
            foreach (GradientRequest? request in new[] { null, new GradientRequest(0, null), new GradientRequest(3, 4) })
            {
                Trial expected = Score(family, space, host, objective, at, request);
                Trial trial = Score(family, space, resident, objective, at, request);
                Assert.That(trial.Objectives[0], Is.EqualTo(expected.Objectives[0]).Within(1e-6));
                Assert.That(trial.Gradient, expected.Gradient is null ? Is.Null : Is.EqualTo(expected.Gradient).Within(1e-5));
                Assert.That(Score(family, space, resident, objective, at, request).Gradient, Is.EqualTo(trial.Gradient), "nothing is left of the step before");
            }

            Assert.That(((ResidentEvaluator)resident).HasMergedOnHost, Is.False);
        }
    }

    // References weigh the task vectors themselves, whatever a study's operator made of them.
    [TestCase(true)]
    [TestCase(false)]
    public void ResidentEvaluator_MergeThatIsNoSumOfItsVectors_ScoresAsOnTheHost(bool ruled)
    {
        using ModelFamily family = Family();
        TaskVectors vectors = TaskVectors.Resident(family);
        var elects = new SparseSum("ties", new MagnitudeSparsifier(1, SparsifierScope.Tensor, false), new ReduceRule(SignVote.Mass, true, 1, true));
        PreparedMerge merge = ruled ? elects.Prepare(vectors) : new TaskArithmetic().Prepare(TaskVectors.Mapped(family));
        MergeWeights candidate = new MergeSpace(merge, Granularity.Model, new TensorBlocks([]), BufferPolicy.Average).Decode([0.4, 0.6]);
        var merged = new WeightSet(family.Layout);
        new Merger(family.Layout).Merge([candidate], [merged]);
        using IEvaluator evaluator = ResidentEvaluator.Place(Create(Compared(3)), ruled ? merge.Vectors : vectors, "float32", Assert.Fail);
        EvaluationResult result = ((ResidentEvaluator)evaluator).Evaluate(candidate, DataRole.Search, null, CancellationToken.None);
        EvaluationResult expected = evaluator.Evaluate(merged, DataRole.Search, CancellationToken.None);
        Assert.That(result.Tasks.Select(task => task.Scores[PredictionScores.Entropy]), Is.EqualTo(expected.Tasks.Select(task => task.Scores[PredictionScores.Entropy])));
        var half = new ExampleStretch(1, 0, 0.5);
        using var alone = (IPartialEvaluator)Create(Compared(3));
        Assert.That(
            ((ResidentEvaluator)evaluator).Evaluate(candidate, DataRole.Search, half, CancellationToken.None).Tasks.Select(task => task.Scores[PredictionScores.Entropy]),
            Is.EqualTo(alone.Evaluate(merged, DataRole.Search, half, CancellationToken.None).Tasks.Select(task => task.Scores[PredictionScores.Entropy])).Within(1e-9));
        Assert.That(result.Merge, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(((ResidentEvaluator)evaluator).HasMergedOnHost, Is.True);
    }

    [TestCase("auto")]
    [TestCase("host")]
    public void ResidentEvaluator_OnTheCpu_StaysOnTheHostUnlessTold(string place)
    {
        using ModelFamily family = Family();
        using IEvaluator evaluator = Create(Compared(3));
        Assert.That(ResidentEvaluator.Place(evaluator, TaskVectors.Mapped(family), place, Assert.Fail), Is.SameAs(evaluator));
    }

    // With three examples a pass some passes hold nothing of the task that is left.
    [Test]
    public void EvaluateGradient_StoppedTask_HasNoShareInTheGradientAndKeepsItsScores([Values(3, 64)] int batchSize, [Values(Aggregation.Mean, Aggregation.Max)] Aggregation aggregate)
    {
        using ModelFamily family = Family();
        using IEvaluator evaluator = Create(Compared(batchSize));
        MergeSpace space = Space(family, Granularity.Tensor);
        double[] at = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.36 + (0.07 * (i % 5)))];
        Trial Step(Objective objective, params string[] without) => Score(family, space, evaluator, objective, at, new GradientRequest(0, null) { Without = without });

        Trial all = Step(new Objective(ScoreKind.Entropy, aggregate));
        Trial left = Step(new Objective(ScoreKind.Entropy, aggregate), "b");
        Trial alone = Step(new Objective(ScoreKind.Entropy, Aggregation.Weighted) { Weights = new Dictionary<string, double> { ["a"] = 1, ["b"] = 0 } });
        double share = aggregate == Aggregation.Mean ? 0.5 : 1;
        Assert.That(left.Gradient, Is.EqualTo(alone.Gradient!.Select(slope => share * slope)).Within(1e-6));
        Assert.That(left.Gradient, Is.Not.EqualTo(all.Gradient).Within(1e-4));
        Assert.That(left.Objectives, Is.EqualTo(all.Objectives));
        Assert.That(left.Scores, Is.EqualTo(new Dictionary<string, double>(all.Scores) { ["b/stopped"] = 1 }));
    }

    // One value a task, the mean of another score with a regulariser, and the worst task of a third: four rows, each what its objective has alone.
    [Test]
    public void EvaluateGradients_SeveralObjectives_AreTheDerivativesOfEach([Values(3, 64)] int batchSize, [Values] bool resident, [Values(null, 4)] int? examples)
    {
        using ModelFamily family = Family();
        MergeSpace space = Space(family, Granularity.Tensor);
        var torch = (TorchEvaluator)Create(Compared(batchSize));
        using IEvaluator evaluator = ResidentEvaluator.Place(torch, space.Merge.Vectors, resident ? "float32" : "host", Assert.Fail);
        double[] at = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.36 + (0.07 * (i % 5)))];
        var request = new GradientRequest(2, examples);
        var mean = new Objective(ScoreKind.Kl) { Regulariser = new Regulariser(0, 0.5, 0) };
        var worst = new Objective(ScoreKind.Entropy, Aggregation.Max);
        Objective Only(string task) => new(ScoreKind.Entropy, Aggregation.Weighted) { Weights = new Dictionary<string, double> { ["a"] = task == "a" ? 1 : 0, ["b"] = task == "b" ? 1 : 0 } };

        Trial all = Score(family, space, evaluator, [new Objective(ScoreKind.Entropy, Aggregation.None), mean, worst], at, request);
        Trial[] alone = [.. new[] { Only("a"), Only("b"), mean, worst }.Select(objective => Score(family, space, evaluator, objective, at, request))];
        Assert.That(all.Objectives, Is.EqualTo(alone.Select(trial => trial.Objectives[0])).Within(1e-9));
        Assert.That(all.Gradient, Has.Count.EqualTo(4 * space.Dimension));
        foreach ((double[] row, Trial one) in all.Gradient!.Chunk(space.Dimension).Zip(alone))
        {
            Assert.That(row, Is.EqualTo(one.Gradient).Within(1e-6));
        }

        // Each example goes through once, in passes of one task where the mean's may hold several.
        int Passes(Objective objective)
        {
            int before = torch.Passes;
            Score(family, space, evaluator, objective, at, new GradientRequest(0, null));
            return torch.Passes - before;
        }

        int tasks = 2;
        Assert.That(Passes(new Objective(ScoreKind.Entropy, Aggregation.None)), Is.InRange(Passes(new Objective(ScoreKind.Entropy)), Passes(new Objective(ScoreKind.Entropy)) + tasks - 1));
    }

    [Test]
    public void EvaluateGradient_WeightedAverage_EqualsFiniteDifferences()
    {
        using ModelFamily family = Family();
        using IEvaluator whole = Create(Compared(64));
        using IEvaluator pieces = Create(Compared(3));
        var space = new MergeSpace(new WeightedAverage().Prepare(TaskVectors.Mapped(family)), Granularity.Tensor, new TensorBlocks([]), BufferPolicy.Average);
        AssertIsTheDerivative(family, space, new Objective(ScoreKind.Entropy), [0.3, 0.4, 0.5, 0.2, 0.3, 0.9], whole, pieces);
    }

    // logits[i] = table[token i] w: each token predicts the next.
    [Test]
    public void EvaluateGradient_NextToken_EqualsFiniteDifferences()
    {
        const int Vocabulary = 5;
        const int Width = 3;
        GraphProto graph = new() { Name = "tokens" };
        graph.Input.Add(Mlp.Value("ids", OrtElementType.Int64, null, 4));
        graph.Output.Add(Mlp.Value("logits", OrtElementType.Float, null, 4, Vocabulary));
        graph.Initializer.Add(Mlp.Tensor("table", OrtElementType.Float, new float[Vocabulary * Width], Vocabulary, Width));
        graph.Initializer.Add(Mlp.Tensor("w", OrtElementType.Float, new float[Width * Vocabulary], Width, Vocabulary));
        graph.Node.Add(new NodeProto { OpType = "Gather", Input = { "table", "ids" }, Output = { "words" } });
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "words", "w" }, Output = { "logits" } });
        var texts = new Dictionary<string, long[]> { ["t"] = [0, 1, 2, 4, 4, 3, 0, 0, 2, 2, 1, 3], ["u"] = [3, 3, 2, 1, 0, 4, 2, 1] };
        MemoryCheckpoint Model(string name, int seed) => new MemoryCheckpoint(name)
            .With("table", Mlp.Numbers(Vocabulary * Width, seed), Vocabulary, Width)
            .With("w", Mlp.Numbers(Width * Vocabulary, seed + 1), Width, Vocabulary);
        using var family = new ModelFamily(Model("base", 1), [new("x", Model("x", 5)), new("y", Model("y", 9))], []);
        EvaluatorOptions options = Of(graph) with
        {
            Tasks = [.. texts.Keys.Select(name => new EvaluatorTask(name, family.Base, new Dictionary<DataRole, string> { [DataRole.Search] = name }))],
            OpenBatches = name => new MemoryCheckpoint(name).With("ids", texts[name], texts[name].Length / 4, 4),
            PrivateTensors = [],
            Scores = [new(ScoreKind.NextToken), new(ScoreKind.Entropy)],
        };
        using IEvaluator whole = Create(family.Layout, options with { BatchSize = 64 });
        using IEvaluator pieces = Create(family.Layout, options with { BatchSize = 1 });
        MergeSpace space = Space(family, Granularity.Tensor);
        var objective = new Objective([new(new Score(ScoreKind.NextToken), 1), new(new Score(ScoreKind.Entropy), 0.5)]);

        AssertIsTheDerivative(family, space, objective, [0.3, 0.5, 0.2, 0.7], whole, pieces);
        double[] loss = [.. whole.Evaluate(Merged(family, space, [0.3, 0.5, 0.2, 0.7]), DataRole.Search, CancellationToken.None).Tasks.Select(task => task.Scores["perplexity"])];
        Assert.That(loss, Is.All.GreaterThan(1));
    }

    // Logits (2λ, 0).
    [Test]
    public void EvaluateGradient_TwoLogits_GivesTheKnownEntropyAndDerivative()
    {
        GraphProto graph = new() { Name = "two" };
        graph.Input.Add(Mlp.Value("x", OrtElementType.Float, null, 1));
        graph.Output.Add(Mlp.Value("logits", OrtElementType.Float, null, 2));
        graph.Initializer.Add(Mlp.Tensor("w", OrtElementType.Float, new float[2], 1, 2));
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "x", "w" }, Output = { "logits" } });
        using var family = new ModelFamily(
            new MemoryCheckpoint("base").With("w", new float[] { 0, 0 }, 1, 2), [new("x", new MemoryCheckpoint("x").With("w", new float[] { 2, 0 }, 1, 2))], []);
        using IEvaluator evaluator = Create(family.Layout, Of(graph) with
        {
            Tasks = [new EvaluatorTask("t", family.Base, new Dictionary<DataRole, string> { [DataRole.Search] = "ones" })],
            OpenBatches = _ => new MemoryCheckpoint("ones").With("x", new float[] { 1, 1, 1 }, 3, 1),
            PrivateTensors = [],
        });
        MergeSpace space = Space(family, Granularity.Model);

        Trial trial = Score(family, space, evaluator, new Objective(ScoreKind.Entropy), [0.3], new GradientRequest(0, null));

        Assert.That(trial.Objectives[0], Is.EqualTo(0.6500942).Within(1e-6));
        Assert.That(trial.Gradient, Is.EqualTo(new[] { -0.2745411 }).Within(1e-6));
    }

    [TestCase(4)]
    [TestCase(9)]
    public void EvaluateGradient_Draw_EqualsAFileOfTheRowsDrawn(int examples)
    {
        var draw = new ExampleDraw(7, 2, examples);
        var objective = new Objective([new(EveryScore[5], 1), new(EveryScore[3], 0.5), new(EveryScore[7], 1), new(EveryScore[8], 1)]);
        using IEvaluator drawing = Create(Compared(3));
        EvaluatorOptions options = Compared(3);
        foreach ((EvaluatorTask task, int index) in options.Tasks.Select((task, index) => (task, index)))
        {
            long[] rows = draw.Choose(index, 7);
            int seed = index == 0 ? 3 : 5;
            float[] x = Mlp.Numbers(7 * Mlp.Features, seed);
            Replace(task, batch => new MemoryCheckpoint("drawn")
                .With("x", [.. rows.SelectMany(row => x.Skip((int)row * Mlp.Features).Take(Mlp.Features))], examples, Mlp.Features)
                .With("id", [.. rows.Select(row => Mlp.Ids(7, seed)[row])], examples)
                .With("label", [.. rows.Select(row => (byte)((row + seed) % (index == 0 ? 3 : 9)))], examples));
        }

        using IEvaluator whole = Create(options);
        (EvaluationResult drawn, float[][] ours) = Differentiate(drawing, Mlp.Weights(1), objective, draw);
        (EvaluationResult known, float[][] theirs) = Differentiate(whole, Mlp.Weights(1), objective, null);

        foreach ((TaskScores task, TaskScores other) in drawn.Tasks.Zip(known.Tasks))
        {
            Assert.That(task.Examples, Is.EqualTo(examples));
            Assert.That(task.Scores.Select(score => score.Value), Is.EqualTo(task.Scores.Select(score => other.Scores[score.Key])).Within(1e-9));
        }

        Assert.That(ours.SelectMany(each => each), Is.EqualTo(theirs.SelectMany(each => each)).Within(1e-6));
    }

    [Test]
    public void EvaluateGradient_Draw_LeavesOutWhatIsNotDrawn()
    {
        using IEvaluator evaluator = Create(Compared(64));
        var objective = new Objective(ScoreKind.Entropy);
        double first = Differentiate(evaluator, Mlp.Weights(1), objective, new ExampleDraw(7, 0, 2)).Result.Tasks[0].Scores["entropy"];
        double second = Differentiate(evaluator, Mlp.Weights(1), objective, new ExampleDraw(7, 1, 2)).Result.Tasks[0].Scores["entropy"];
        Assert.That(second, Is.Not.EqualTo(first));
    }

    [Test]
    public void EvaluateGradient_SameWeights_GivesTheSameBitsFromAnyThreadAndEvaluator()
    {
        var objective = new Objective([new(EveryScore[5], 1), new(EveryScore[3], 1)]);
        using IEvaluator one = Create(Compared(3));
        using IEvaluator two = Create(Compared(3));
        float[][] first = Differentiate(one, Mlp.Weights(1), objective, null).Gradient;
        Differentiate(one, Mlp.Weights(2), objective, null);
        float[][]? elsewhere = null;
        var thread = new Thread(() => elsewhere = Differentiate(two, Mlp.Weights(1), objective, null).Gradient);
        thread.Start();
        thread.Join();

        Assert.That(Differentiate(one, Mlp.Weights(1), objective, null).Gradient, Is.EqualTo(first));
        Assert.That(elsewhere, Is.EqualTo(first));
    }

    [TestCase(3)]
    [TestCase(64)]
    public void EvaluateGradient_TensorThatTheObjectiveDoesNotSee_IsLeftOut(int batchSize)
    {
        var score = new Score(ScoreKind.FeatureL2) { Node = "biased" };
        using IEvaluator evaluator = Create(Compared(batchSize) with { Scores = [score] });

        float[][] gradient = Differentiate(evaluator, Mlp.Weights(1), new Objective([new ObjectiveTerm(score, 1)]), null).Gradient;

        Assert.That(gradient[1], Is.Empty, "embedding");
        Assert.That(gradient[0], Has.Length.EqualTo(Mlp.Hidden).And.All.Not.Zero, "b1");
        Assert.That(gradient[2], Has.Length.EqualTo(Mlp.Features * Mlp.Hidden), "w1");
    }

    [Test]
    public void EvaluateGradient_FeaturesOfZeros_AreAtDistanceOneWithoutSlope()
    {
        var score = new Score(ScoreKind.FeatureCosine) { Node = "activated" };
        using IEvaluator evaluator = Create(Compared(64) with { Scores = [score] });
        WeightSet weights = Mlp.Weights(1);
        weights[0].Span.Fill(-100); // no unit is active

        (EvaluationResult result, float[][] gradient) = Differentiate(evaluator, weights, new Objective([new ObjectiveTerm(score, 1)]), null);

        Assert.That(result.Tasks.Select(task => task.Scores[score.Name]), Is.All.EqualTo(1));
        Assert.That(gradient.SelectMany(each => each), Is.All.Zero);
    }

    [TestCase(3)]
    [TestCase(64)]
    public void EvaluateGradient_NaNWeight_FailsNamingTheTaskAndTheNextOneWorks(int batchSize)
    {
        using IEvaluator evaluator = Create(Compared(batchSize));
        var objective = new Objective(EveryScore.Select(score => new ObjectiveTerm(score, 1)).ToArray());
        WeightSet weights = Mlp.Weights(1);
        float[][] good = Differentiate(evaluator, weights, objective, null).Gradient;
        weights[0].Span.Fill(float.NaN);

        Assert.That(() => Differentiate(evaluator, weights, objective, null), Throws.TypeOf<EvaluationException>().With.Message.Contains("Task 'a'").And.Message.Contains("NaN or infinite"));
        Assert.That(() => Differentiate(evaluator, weights, new Objective(ScoreKind.Entropy), null), Throws.TypeOf<EvaluationException>().With.Message.Contains("Task 'a'"));

        Mlp.Fill(weights, 1);
        Assert.That(Differentiate(evaluator, weights, objective, null).Gradient, Is.EqualTo(good));
    }

    [TestCase(3)]
    [TestCase(64)]
    public void EvaluateGradient_ReceiverThrows_ComesOutUnchangedAndTheNextOneWorks(int batchSize)
    {
        using IEvaluator evaluator = Create(Compared(batchSize));
        var thrown = new InvalidDataException("as it was");
        WeightSet weights = Mlp.Weights(1);
        var objective = new Objective(ScoreKind.Entropy);

        Assert.That(
            () => ((IGradientEvaluator)evaluator).EvaluateGradient(weights, DataRole.Search, null, objective, (_, _) => throw thrown, CancellationToken.None),
            Throws.Exception.SameAs(thrown));
        Assert.That(Differentiate(evaluator, weights, objective, null).Gradient.SelectMany(each => each), Is.Not.All.Zero);
    }

    [Test]
    public void EvaluateGradient_Cancelled_Throws()
    {
        using IEvaluator evaluator = Create(Compared(3));
        Assert.That(
            () => ((IGradientEvaluator)evaluator).EvaluateGradient(Mlp.Weights(1), DataRole.Search, null, new Objective(ScoreKind.Entropy), (_, _) => { }, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void EvaluateGradient_FixedBatch_TakesMultiplesOnly()
    {
        using IEvaluator evaluator = Create(Options(new Mlp { FixedRows = 7 }, Task("a", classes: 4, seed: 3), Task("b", classes: 4, seed: 5)));
        var objective = new Objective(ScoreKind.Entropy);

        Assert.That(Differentiate(evaluator, Mlp.Weights(1), objective, new ExampleDraw(7, 0, 14)).Result.Tasks.Select(task => task.Examples), Is.All.EqualTo(14));
        Assert.That(evaluator.Notes, Is.EqualTo(new[] { "The graph fixes how many examples a batch has, so each task has forward passes of its own." }));
        Assert.That(
            () => Differentiate(evaluator, Mlp.Weights(1), objective, new ExampleDraw(7, 0, 4)),
            Throws.TypeOf<SearchException>().With.Message.Contains("the graph fixes 7 examples a batch, and a step draws 4 of each task"));
    }

    [Test]
    public void Evaluate_IdOutOfRange_FailsAndTheNextOneWorks()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        Replace(task, batch => batch.With("id", new long[] { 0, 1, 99, 0, 0, 0, 0 }, 7));
        using IEvaluator evaluator = Create(new Mlp(), task);

        Assert.That(() => Entropy(evaluator, Mlp.Weights(1)), Throws.TypeOf<EvaluationException>().With.Message.Contains("make words").And.Message.Not.Contains("\n"));
    }

    [Test]
    public void Constructor_CudaIsNotThere_SaysWhatToDo()
    {
        if (TorchLibrary.Describe().CudaDevices > 0)
        {
            Assert.Ignore("this machine has a CUDA device");
        }

        EvaluatorOptions options = Options(new Mlp(), Task("a", classes: 4, seed: 3));
        Assert.That(() => Create(options with { Device = "cuda" }), Throws.TypeOf<SearchException>().With.Message.Contains("device 'cuda' is not there").And.Message.Contains("SEARCH_LIBTORCH"));
        using IEvaluator evaluator = Create(options with { Device = "auto" });
        Assert.That((evaluator.Engine, evaluator.Device, evaluator.Version), Is.EqualTo(("torch", "cpu", TorchLibrary.Describe().Version)));
    }

    protected override int Passes(IEvaluator evaluator) => ((TorchEvaluator)evaluator).Passes;

    protected override IEvaluator Create(WeightLayout layout, EvaluatorOptions options) => new TorchEvaluator(layout, options);

    // Two tasks with heads of their own and experts to compare with.
    private EvaluatorOptions Compared(int batchSize) => Options(
        new Mlp(),
        Task("a", classes: 3, seed: 3) with { Expert = Mlp.Expert(classes: 3, headSeed: 3, bodySeed: 7) },
        Task("b", classes: 9, seed: 5) with { Expert = Mlp.Expert(classes: 9, headSeed: 5, bodySeed: 8) }) with { Scores = EveryScore, BatchSize = batchSize };

    private EvaluatorOptions Of(GraphProto graph)
    {
        string path = Path.Combine(Folder, "graph.onnx");
        File.WriteAllBytes(path, new ModelProto { IrVersion = 7, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } } }.ToByteArray());
        return new EvaluatorOptions { GraphPath = path, Tasks = [], Threads = 1, Device = "cpu" };
    }

    private static ModelFamily Family() => new(
        Mlp.Expert(classes: 3, headSeed: 3, bodySeed: 1),
        [new("a", Mlp.Expert(classes: 3, headSeed: 3, bodySeed: 7)), new("b", Mlp.Expert(classes: 3, headSeed: 5, bodySeed: 8))],
        [@"^head\."]);

    private static MergeSpace Space(ModelFamily family, Granularity granularity) =>
        new(new TaskArithmetic().Prepare(TaskVectors.Mapped(family)), granularity, new TensorBlocks(["^(embedding)"]), BufferPolicy.Average);

    private static WeightSet Merged(ModelFamily family, MergeSpace space, double[] coefficients)
    {
        var merged = new WeightSet(family.Layout);
        new Merger(family.Layout).Merge([space.Decode(coefficients)], [merged]);
        return merged;
    }

    private static Trial Score(ModelFamily family, MergeSpace space, IEvaluator evaluator, Objective objective, double[] coefficients, GradientRequest? gradient) =>
        Score(family, space, evaluator, [objective], coefficients, gradient);

    private static Trial Score(ModelFamily family, MergeSpace space, IEvaluator evaluator, Objective[] objectives, double[] coefficients, GradientRequest? gradient)
    {
        var scorer = new CandidateScorer(
            new Merger(family.Layout), space, evaluator, objectives, [.. coefficients.Select(_ => 0.3)], new CollapseGuard(0), 1, TimeProvider.System);
        Trial trial = scorer.Score(
            [
                new ScoreRequest(
                    new Trial
                    {
                        Id = 0,
                        Strategy = "given",
                        Role = DataRole.Search,
                        State = TrialState.Running,
                        Fidelity = 0,
                        Seed = 1,
                        Coefficients = coefficients,
                        Objectives = [],
                        Scores = new Dictionary<string, double>(),
                        StartedAt = default,
                        Engine = "",
                        Device = "",
                    },
                    () => space.Decode(coefficients)) { Gradient = gradient },
            ],
            CancellationToken.None).Single();
        Assert.That(trial.State, Is.EqualTo(TrialState.Complete), trial.Reason);
        return trial;
    }

    private static void AssertIsTheDerivative(
        ModelFamily family, MergeSpace space, Objective objective, double[] at, IEvaluator whole, IEvaluator pieces)
    {
        // float32 forward passes: a wider step loses to curvature and kinks, of which |a − b| has one a feature, a narrower one to rounding.
        double h = objective.Terms.Any(term => term.Score.Kind == ScoreKind.FeatureL1) ? 2e-4 : 2e-3;
        double Value(int index, double by) =>
            Score(family, space, whole, objective, [.. at.Select((value, i) => i == index ? value + by : value)], null).Objectives[0];
        Trial trial = Score(family, space, whole, objective, at, new GradientRequest(0, null));
        double[] differences = [.. Enumerable.Range(0, at.Length).Select(i =>
            ((8 * (Value(i, h) - Value(i, -h))) - (Value(i, 2 * h) - Value(i, -2 * h))) / (12 * h))];
        double size = differences.Max(Math.Abs);
        Assert.That(size, Is.GreaterThan(1e-4), "there is a slope");
        Assert.That(trial.Gradient, Is.EqualTo(differences).Within(1e-3 * size), $"{objective.Title} by {space.Dimension} coefficients");
        Assert.That(trial.Objectives[0], Is.EqualTo(Value(0, 0)).Within(1e-12), "the value beside the derivative is the value without");

        Trial other = Score(family, space, pieces, objective, at, new GradientRequest(0, null));
        Assert.That(other.Gradient, Is.EqualTo(trial.Gradient).Within(1e-5 * size), "several passes");
        Assert.That(other.Objectives[0], Is.EqualTo(trial.Objectives[0]).Within(1e-6));
    }

    // By tensor; empty where the evaluator gave nothing.
    private static (EvaluationResult Result, float[][] Gradient) Differentiate(IEvaluator evaluator, WeightSet weights, Objective objective, ExampleDraw? draw)
    {
        float[][] gradient = [.. weights.Layout.Tensors.Select(_ => Array.Empty<float>())];
        EvaluationResult result = ((IGradientEvaluator)evaluator).EvaluateGradient(
            weights, DataRole.Search, draw, objective, (tensor, values) => gradient[tensor] = gradient[tensor].Length == 0 ? values.ToArray() : throw new InvalidOperationException("twice"), CancellationToken.None);
        return (result, gradient);
    }
}
