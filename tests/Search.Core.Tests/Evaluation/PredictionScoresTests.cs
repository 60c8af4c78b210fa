using Search.Evaluation;

namespace Search.Core.Tests.Evaluation;

internal sealed class PredictionScoresTests
{
    [Test]
    public void Entropy_UniformOverTenClasses_IsLogTen() =>
        Assert.That(Entropy(new float[10], 10), Is.EqualTo(2.302585092994046).Within(1e-14));

    [Test]
    public void Entropy_OneClassIsCertain_IsNearlyZero() => Assert.That(Entropy([100, 0, 0], 3), Is.EqualTo(0).Within(1e-40));

    [Test]
    public void Entropy_TwoClasses_IsTheKnownAnswer() =>
        Assert.That(Entropy([2 * 0.3f, 0], 2), Is.EqualTo(0.6500942).Within(1e-7));

    [Test]
    public void Entropy_AllLogitsShifted_StaysTheSame()
    {
        float[] logits = [0.5f, -1.25f, 2, 0];
        float[] shifted = [.. logits.Select(logit => logit + 64)];

        Assert.That(Entropy(shifted, 4), Is.EqualTo(Entropy(logits, 4)).Within(1e-15));
    }

    [TestCase(1e4f)]
    [TestCase(3e38f)]
    public void Entropy_HugeLogits_IsSafe(float huge)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Entropy([huge, -huge], 2), Is.Zero);
            Assert.That(Entropy([huge, huge], 2), Is.EqualTo(Math.Log(2)).Within(1e-15));
            Assert.That(Entropy([-huge, -huge, -huge], 3), Is.EqualTo(Math.Log(3)).Within(1e-15));
        }
    }

    [Test]
    public void Entropy_OneClass_IsZero() => Assert.That(Entropy([5], 1), Is.Zero);

    [Test]
    public void Entropy_SeveralBatches_IsTheMeanOverExamples()
    {
        PredictionScores scores = new("t");
        scores.Add([0, 0, 0, 0, 1000, 0], 2, []);
        scores.Add([0, 1000], 2, []);

        TaskScores result = scores.ToTaskScores();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Scores["entropy"], Is.EqualTo(Math.Log(2) / 2).Within(1e-15));
            Assert.That(result.Task, Is.EqualTo("t"));
            Assert.That(result.Examples, Is.EqualTo(4));
            Assert.That(result.Batches, Is.EqualTo(2));
            Assert.That(result.Scores.Keys, Does.Not.Contain("accuracy"));
        }
    }

    [Test]
    public void Entropy_RandomLogits_EqualsTheTextbookSum()
    {
        float[] logits = [.. Enumerable.Range(0, 7 * 13).Select(i => (float)(5 * Math.Sin(i * 1.7)))];
        double expected = 0;
        foreach (float[] row in logits.Chunk(13))
        {
            double total = row.Sum(x => Math.Exp(x));
            expected -= row.Sum(x => Math.Exp(x) / total * Math.Log(Math.Exp(x) / total)) / 7;
        }

        Assert.That(Entropy(logits, 13), Is.EqualTo(expected).Within(1e-13));
    }

    [Test]
    public void Accuracy_TiedLogits_FirstWins()
    {
        PredictionScores scores = new("t");
        scores.Add([1, 1, 0, 2, 3, 3, -0f, 0, -1], 3, [0, 2, 0]);

        Assert.That(scores.ToTaskScores().Scores["accuracy"], Is.EqualTo(2.0 / 3));
    }

    [TestCase(float.NaN, "NaN")]
    [TestCase(float.PositiveInfinity, "Infinity")]
    [TestCase(float.NegativeInfinity, "-Infinity")]
    public void Add_NonFiniteLogit_ThrowsNamingTaskAndExample(float value, string text)
    {
        PredictionScores scores = new("digits");
        scores.Add([0, 0], 2, []);

        Assert.That(
            () => scores.Add([0, 0, 0, value], 2, []),
            Throws.TypeOf<EvaluationException>().With.Message.EqualTo($"Task 'digits', example 2: logit 1 is {text}."));
    }

    [TestCase(-1)]
    [TestCase(2)]
    public void Add_LabelIsNoClass_Throws(int label) =>
        Assert.That(
            () => new PredictionScores("digits").Add([0, 0], 2, [label]),
            Throws.TypeOf<EvaluationException>().With.Message.Contains($"label {label}"));

    [Test]
    public void Add_LengthsDoNotFit_Throws()
    {
        PredictionScores scores = new("t");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => scores.Add([0, 0, 0], 2, []), Throws.ArgumentException);
            Assert.That(() => scores.Add([0, 0], 2, [0, 1]), Throws.ArgumentException);
            Assert.That(() => scores.Add([0, 0], 0, []), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void Add_FailedBatch_LeavesTheScoresAlone()
    {
        PredictionScores scores = new("t");
        scores.Add([0, 0], 2, [0]);

        Assert.That(() => scores.Add([0, 0], 2, [7]), Throws.TypeOf<EvaluationException>());

        Assert.That(scores.ToTaskScores().Scores["entropy"], Is.EqualTo(Math.Log(2)).Within(1e-15));
    }

    [Test]
    public void ToTaskScores_NothingAdded_Throws() =>
        Assert.That(() => new PredictionScores("t").ToTaskScores(), Throws.InvalidOperationException);

    private static double Entropy(float[] logits, int classes)
    {
        PredictionScores scores = new("t");
        scores.Add(logits, classes, []);
        return scores.ToTaskScores().Scores[PredictionScores.Entropy];
    }
}
