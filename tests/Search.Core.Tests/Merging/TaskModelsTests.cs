using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Strategies.CmaEs;

namespace Search.Tests.Merging;

public sealed class TaskModelsTests : OperatorFixture
{
    private static readonly double[] Unified = [0.4, -0.6, 0.2, 0.5, 0.35, 0.05];

    [TestCase("e0", 0.84, "111001", TestName = "Merge_EmrOfTheFirstTask_IsMaskedAndRescaled")]
    [TestCase("e1", 1.0606061, "011110", TestName = "Merge_EmrOfTheSecondTask_IsMaskedAndRescaled")]
    [TestCase("e2", 1.4533333, "100010", TestName = "Merge_EmrOfTheThirdTask_IsMaskedAndRescaled")]
    public void Merge_Emr_IsTheElectedVectorMaskedAndRescaled(string expert, double rescaler, string mask)
    {
        double[] delta = Delta(Operator("emr", ""), [1, 1, 1], expert);
        Assert.That(delta, Is.EqualTo(Unified.Select((value, i) => mask[i] == '1' ? rescaler * value : 0)).Within(1e-6));
        Assert.That(delta.Sum(Math.Abs), Is.EqualTo(Tau[expert[1] - '0'].Sum(Math.Abs)).Within(1e-5), "which keeps the magnitude");
        Assert.That(Delta(Operator("emr", "variant=fusionbench"), [1, 1, 1], expert), Is.EqualTo(delta).Within(1e-7), "one tensor has one mean");
        Assert.That(Delta(Operator("emr", ""), [.. new[] { "e0", "e1", "e2" }.Select(name => name == expert ? 0.5 : 7)], expert), Is.EqualTo(delta.Select(value => value / 2)).Within(1e-6), "no other's coefficient counts");
    }

    // With one task of (4, 1·99) the paper's rescaler of (2, 1·99) and (4, 0) differs from that of tensors' means.
    [Test]
    public void Merge_EmrOfTensorsOfSeveralSizes_FollowsTheVariant()
    {
        float[] Many(float value) => [.. Enumerable.Repeat(value, 99)];
        using ModelFamily family = Family("sizes", [("a", [0]), ("b", Many(0))], [[("a", [2]), ("b", Many(1))], [("a", [4]), ("b", Many(0))]]);
        double First(string variant) => Merge(family, Operator("emr", $"variant={variant}"), [1, 1], "e0")[0][0];
        Assert.That(First("paper"), Is.EqualTo(4 * (2 + 99) / (4.0 + 99)).Within(1e-6));
        Assert.That(First("fusionbench"), Is.EqualTo(4 * (2 + 1) / (4.0 + 1)).Within(1e-6));
    }

    [TestCase("e0", "110011")]
    [TestCase("e1", "011110")]
    [TestCase("e2", "100111")]
    public void Merge_Tall_KeepsOfTheSumWhatTheTaskNeeds(string expert, string mask)
    {
        double[] sum = [0.5, -0.5, 0.3, 0.05, 0.15, 0.01];
        Assert.That(Delta(Operator("tall", "threshold=0.6"), [1, 1, 1], expert), Is.EqualTo(sum.Select((value, i) => mask[i] == '1' ? value : 0)).Within(1e-6));
    }

    [Test]
    public void Merge_Tall_ElementsAreNeededByAsManyTasksAsKnown()
    {
        double[][] models = [.. new[] { "e0", "e1", "e2" }.Select(expert => Delta(Operator("tall", "threshold=0.6"), [1, 1, 1], expert))];
        Assert.That(Enumerable.Range(0, 6).Select(i => models.Count(model => Math.Abs(model[i]) > 1e-4)), Is.EqualTo(new[] { 2, 2, 1, 2, 3, 2 }));
    }

    [TestCase("emr", "")]
    [TestCase("emr", "variant=fusionbench")]
    [TestCase("tall", "")]
    public void Merge_OneExpert_IsThatExpert(string name, string settings) =>
        Assert.That(Delta(Operator(name, settings), [1], [Tau[0]], new float[6], "e0"), Is.EqualTo(Tau[0].Select(value => (double)value)), "exactly");

    // Each task's model is scored on its own tasks: the score is the sum of a model's weights.
    [Test]
    public void Score_ModelsOfOneTaskEach_CountForTheirOwnTasks()
    {
        using ModelFamily family = Family("tasks", [("w", [0, 0])], [[("w", [1, 0])], [("w", [0, 1])]]);
        MergeOperator emr = Operator("emr", "");
        var space = new MergeSpace(emr.Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        StudyDefinition study = Study(emr, ("p", "e1"), ("q", "e0"), ("r", "e1"));
        using var evaluator = new SumEvaluator(["p", "q", "r"]);
        var scorer = new CandidateScorer(new Merger(family.Layout), space, evaluator, study.Objectives, [1, 1], new CollapseGuard(0), 2, TimeProvider.System);
        double[][] candidates = [[0.25, 2], [1, 0.5]];
        Trial[] trials = [.. scorer.Score([.. candidates.Select((values, id) => new ScoreRequest(Running(id, values), TaskMerge.Of(study, space, values)))], CancellationToken.None)];
        Assert.That(trials.Select(trial => trial.Scores["p/entropy"]), Is.EqualTo(new[] { 2, 0.5 }));
        Assert.That(trials.Select(trial => trial.Scores["q/entropy"]), Is.EqualTo(new[] { 0.25, 1 }));
        Assert.That(trials.Select(trial => trial.Scores["r/entropy"]), Is.EqualTo(new[] { 2, 0.5 }));
        Assert.That(trials.Select(trial => trial.Objectives[0]), Is.EqualTo(new[] { 4.25 / 3, 2 / 3.0 }).Within(1e-7));
        Assert.That(trials.Select(trial => (trial.State, trial.Fidelity, trial.Bytes)), Is.All.EqualTo((TrialState.Complete, 3, 16L)), "two models, and three tasks that counted");
        Assert.That(evaluator.Calls, Is.EqualTo(4));
    }

    [Test]
    public void Score_OneModelThatFails_FailsItsCandidateAndNoOther()
    {
        using ModelFamily family = Family("fails", [("w", [0, 0])], [[("w", [1, 0])], [("w", [0, 1])]]);
        MergeOperator emr = Operator("emr", "");
        var space = new MergeSpace(emr.Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        StudyDefinition study = Study(emr, ("p", "e0"), ("q", "e1"));
        using var evaluator = new SumEvaluator(["p", "q"]) { Fails = 3 };
        var scorer = new CandidateScorer(new Merger(family.Layout), space, evaluator, study.Objectives, [1, 1], new CollapseGuard(0), 3, TimeProvider.System);
        double[][] candidates = [[1, 1], [2, 2], [3, 3]];
        Trial[] trials = [.. scorer.Score([.. candidates.Select((values, id) => new ScoreRequest(Running(id, values), TaskMerge.Of(study, space, values)))], CancellationToken.None)];
        Assert.That(trials.Select(trial => trial.Id), Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(trials.Select(trial => trial.State), Is.EqualTo(new[] { TrialState.Complete, TrialState.Failed, TrialState.Complete }));
        Assert.That(trials[2].Objectives[0], Is.EqualTo(3));
        Assert.That(evaluator.Calls, Is.EqualTo(5), "the failed candidate's other model is not scored");
    }

    [TestCase("task: e1\ncoefficients: { e1: 0.5 }", null)]
    [TestCase("coefficients: { e1: 0.5 }", "must name the expert")]
    [TestCase("task: e2\ncoefficients: { e1: 0.5 }", "must be one of e0, e1")]
    public void Recipe_OneModelATask_NeedsTheTask(string lines, string? words)
    {
        using ModelFamily family = Family("recipe", [("w", [0, 0])], [[("w", [1, -1])], [("w", [-1, 2])]]);
        string path = Folder.Write("recipe.yaml", $"operator: emr\nbase: recipe-base.safetensors\nexperts: {{ e0: recipe-e0.safetensors, e1: recipe-e1.safetensors }}\n{lines}\n");
        if (words is not null)
        {
            Assert.That(() => RecipeFile.Read(path), Throws.TypeOf<StudyException>().With.Message.Contains(words));
            return;
        }

        var merged = new WeightSet(family.Layout);
        new Merger(family.Layout).Merge([RecipeFile.Read(path).Decide(family, Assert.Fail)], [merged]);
        Assert.That(merged[0].ToArray(), Is.EqualTo(Merge(family, Operator("emr", ""), [0, 0.5], "e1")[0]));
        Assert.That(merged[0].ToArray(), Is.EqualTo(new[] { -0.5, 1 }).Within(1e-6));
    }

    // What does not merge has no part in the mean.
    [Test]
    public void Recipe_TensorsLeftOut_DoNotRescaleTheOthers()
    {
        Family("left", [("a", [0, 0]), ("b", [5])], [[("a", [1, 1]), ("b", [9])], [("a", [3, -1]), ("b", [5])]]).Dispose();
        string path = Folder.Write("left.yaml", "operator: emr\ntask: e0\nbase: left-base.safetensors\nexperts: { e0: left-e0.safetensors, e1: left-e1.safetensors }\ncoefficients: { e0: 1 }\nexcept: ['^b$']\n");
        Recipe recipe = RecipeFile.Read(path);
        using ModelFamily family = ModelFamily.Open(recipe.Base, recipe.Experts.Select(expert => KeyValuePair.Create(expert.Name, expert.Path)), [], recipe.Filter);
        var merged = new WeightSet(family.Layout);
        new Merger(family.Layout).Merge([recipe.Decide(family, Assert.Fail)], [merged]);
        Assert.That(merged[0].ToArray(), Is.EqualTo(new[] { 2f, 0 }).Within(1e-6), "3 elected for the first element, none of the first task's sign for the second, and a mean of 1");
        Assert.That(merged[1].ToArray(), Is.EqualTo(new[] { 5f }));
    }

    private static StudyDefinition Study(MergeOperator merge, params (string Task, string Expert)[] tasks) => new()
    {
        Name = "tasks",
        Model = new ModelDefinition("graph", "base", [new ExpertDefinition("e0", "e0"), new ExpertDefinition("e1", "e1")], []),
        Tasks = [.. tasks.Select(task => new TaskDefinition(task.Task, task.Expert, new Dictionary<DataRole, string> { [DataRole.Search] = "s" }))],
        Inputs = new Dictionary<string, AffineMap>(),
        Merge = new MergeDefinition(merge, new GranularityGrouping(Granularity.Model), [], 0, 2, new InitialPoint(1), BufferPolicy.Average),
        Objectives = [new Objective(ScoreKind.Entropy, Aggregation.Mean)],
        Strategy = new CmaEsSettings(new CmaEsOptions()),
        Evaluator = new EvaluatorDefinition("auto", "auto", 8, 0),
        Budget = new BudgetDefinition(1, null, null),
        Seed = 1,
    };

    private static Trial Running(int id, double[] coefficients) => new()
    {
        Id = id, Strategy = "given", Role = DataRole.Search, State = TrialState.Running, Fidelity = 0, Seed = 1, Coefficients = coefficients,
        Objectives = [], Scores = new Dictionary<string, double>(), StartedAt = default, Engine = "", Device = "",
    };

    private sealed class SumEvaluator(IReadOnlyList<string> tasks) : IEvaluator
    {
        public int Calls { get; private set; }

        public int? Fails { get; init; }

        public string Engine => "sum";

        public string Device => "cpu";

        public string Version => "1";

        public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken)
        {
            if (++Calls == Fails)
            {
                throw new EvaluationException("the third");
            }

            double sum = weights[0].ToArray().Sum();
            return new EvaluationResult([.. tasks.Select(task => new TaskScores(task, new Dictionary<string, double> { ["entropy"] = sum }, 8, 1))], TimeSpan.Zero, TimeSpan.Zero);
        }

        public void Dispose()
        {
        }
    }
}
