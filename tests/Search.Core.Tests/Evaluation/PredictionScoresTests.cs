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

    // 100 examples of two rows each in batches that end within blocks: 32 blocks of 3 or 4 examples, i in block ⌊32·i/100⌋.
    [Test]
    public void Blocks_ManyExamples_AreMeansOfConsecutiveOnes()
    {
        float[] logits = [.. Enumerable.Range(0, 100 * 2 * 3).Select(i => (float)(3 * Math.Sin(i * 1.7)))];
        var scores = new PredictionScores("t", 100, [new Score(ScoreKind.EntropyNormalised)]);
        for (int first = 0; first < 100; first += 30)
        {
            int count = Math.Min(30, 100 - first);
            scores.Add(new PredictionBatch { Logits = logits.AsSpan(first * 6, count * 6), Classes = 3, Examples = count });
        }

        TaskScores result = scores.ToTaskScores();
        double[] rows = [.. logits.Chunk(3).Select(row => Entropy(row, 3))];
        double[] expected = [.. Enumerable.Range(0, 200).GroupBy(row => row / 2 * 32 / 100).Select(block => block.Average(row => rows[row]))];
        Assert.That(result.Blocks["entropy"], Is.EqualTo(expected).Within(1e-12));
        Assert.That(result.Blocks["entropy_normalised"], Is.EqualTo(expected.Select(value => value / Math.Log(3))).Within(1e-12));
        Assert.That(result.Blocks.Keys, Is.EquivalentTo(new[] { "entropy", "entropy_normalised" }), "no labels, and the marginal entropy is no mean");
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
    public void MarginalEntropy_OppositeCertainRows_IsLogTwoAndInfomaxItsNegative()
    {
        TaskScores scores = Score([1000, 0, 0, 1000], 2, [], [], new Score(ScoreKind.Infomax));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.Scores["entropy"], Is.Zero);
            Assert.That(scores.Scores["marginal_entropy"], Is.EqualTo(Math.Log(2)).Within(1e-15));
            Assert.That(scores.Scores["infomax"], Is.EqualTo(-Math.Log(2)).Within(1e-15));
            Assert.That(scores.MeanPrediction, Is.EqualTo(new[] { 0.5, 0.5 }));
        }
    }

    // p = 0.8, 0.2 and 0.4, 0.6; mean 0.6, 0.4.
    [Test]
    public void MarginalEntropy_SeveralBatches_IsTheEntropyOfTheMeanPrediction()
    {
        PredictionScores scores = new("t", new Score(ScoreKind.EntropyNormalised));
        scores.Add([Log(0.8), Log(0.2)], 2, []);
        scores.Add([Log(0.4), Log(0.6)], 2, []);

        TaskScores result = scores.ToTaskScores();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.MeanPrediction, Is.EqualTo(new[] { 0.6, 0.4 }).Within(1e-7));
            Assert.That(result.Scores["marginal_entropy"], Is.EqualTo(0.6730116670092565).Within(1e-7));
            Assert.That(result.Scores["entropy"], Is.EqualTo((0.5004024235381879 + 0.6730116670092565) / 2).Within(1e-7));
            Assert.That(result.Scores["entropy_normalised"], Is.EqualTo(result.Scores["entropy"] / Math.Log(2)).Within(1e-15));
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Kl_AgainstItself_IsZeroAndOtherwisePositive(double temperature)
    {
        float[] logits = [.. Enumerable.Range(0, 6 * 5).Select(i => (float)(4 * Math.Sin(i * 1.9)))];
        var kl = new Score(ScoreKind.Kl) { Temperature = temperature };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Score(logits, 5, [], logits, kl).Scores[kl.Name], Is.Zero);
            Assert.That(Score(logits, 5, [], [.. logits.Select(logit => logit + 3)], kl).Scores[kl.Name], Is.EqualTo(0).Within(1e-6), "a shift changes no softmax");
            Assert.That(Score(logits, 5, [], [.. logits.Reverse()], kl).Scores[kl.Name], Is.GreaterThan(0.1));
        }
    }

    // Expert 0.8, 0.2 and merged 0.4, 0.6: 0.8 ln 2 + 0.2 ln ⅓. At temperature 2 both are softmaxes of half the logits, and the divergence counts fourfold.
    [Test]
    public void Kl_TwoClasses_IsTheHandComputedNumber()
    {
        float[] merged = [Log(0.4), Log(0.6)];
        float[] expert = [Log(0.8), Log(0.2)];
        double p = Math.Sqrt(0.8) / (Math.Sqrt(0.8) + Math.Sqrt(0.2));
        double q = Math.Sqrt(0.4) / (Math.Sqrt(0.4) + Math.Sqrt(0.6));
        double tempered = 4 * ((p * Math.Log(p / q)) + ((1 - p) * Math.Log((1 - p) / (1 - q))));

        TaskScores scores = Score(merged, 2, [], expert, new Score(ScoreKind.Kl), new Score(ScoreKind.Kl) { Temperature = 2 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.Scores["kl"], Is.EqualTo((0.8 * Math.Log(2)) - (0.2 * Math.Log(3))).Within(1e-7));
            Assert.That(scores.Scores["kl@2"], Is.EqualTo(tempered).Within(1e-7));
        }
    }

    [Test]
    public void PseudoLabelAndCrossEntropy_TwoRows_AreMinusTheLogProbabilities()
    {
        float[] merged = [Log(0.4), Log(0.6), Log(0.9), Log(0.1)];
        float[] expert = [5, 1, 0, 2];

        TaskScores scores = Score(merged, 2, [1, 0], expert, new Score(ScoreKind.PseudoLabel), new Score(ScoreKind.CrossEntropy));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.Scores["pseudo_label"], Is.EqualTo(-(Math.Log(0.4) + Math.Log(0.1)) / 2).Within(1e-7));
            Assert.That(scores.Scores["cross_entropy"], Is.EqualTo(-(Math.Log(0.6) + Math.Log(0.9)) / 2).Within(1e-7));
            Assert.That(scores.Scores["accuracy"], Is.EqualTo(1));
        }
    }

    // Two examples of three tokens: the last row of each predicts nothing that is there.
    [Test]
    public void NextToken_TwoExamples_IsTheMeanOverTokensThatFollowAnother()
    {
        float[] row = [Log(0.2), Log(0.8)];
        float[] logits = [.. row, .. row, 99, 0, .. row, .. row, 0, 99];
        PredictionScores scores = new("t", new Score(ScoreKind.NextToken));
        scores.Add(new PredictionBatch { Logits = logits, Classes = 2, Tokens = new[] { 1, 0, 1, 0, 1, 1 }, SequenceLength = 3 });

        IReadOnlyDictionary<string, double> result = scores.ToTaskScores().Scores;

        double expected = -(Math.Log(0.2) + (3 * Math.Log(0.8))) / 4;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result["next_token"], Is.EqualTo(expected).Within(1e-7));
            Assert.That(result["perplexity"], Is.EqualTo(Math.Exp(expected)).Within(1e-7));
        }
    }

    [Test]
    public void NextToken_OneTokenOrAStrangeOne_Throws()
    {
        PredictionScores scores = new("t", new Score(ScoreKind.NextToken));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => scores.Add(new PredictionBatch { Logits = new float[4], Classes = 2, Tokens = new[] { 1, 0 }, SequenceLength = 1 }), Throws.TypeOf<EvaluationException>().With.Message.Contains("at least two tokens"));
            Assert.That(() => scores.Add(new PredictionBatch { Logits = new float[4], Classes = 2, Tokens = new[] { 1, 2 }, SequenceLength = 2 }), Throws.TypeOf<EvaluationException>().With.Message.Contains("token 2 is no class"));
        }
    }

    // Example 0 differs by (1, −2), example 1 by nothing.
    [Test]
    public void AddFeature_TwoExamples_GivesTheMeanDistances()
    {
        Score[] all = [.. new[] { ScoreKind.FeatureL1, ScoreKind.FeatureL2, ScoreKind.FeatureCosine }.Select(kind => new Score(kind) { Node = "x" })];
        PredictionScores scores = new("t", all);
        scores.Add([0, 0], 2, []);
        scores.AddFeature("x", [3, 4, 1, 1], [2, 6, 1, 1], 2);
        scores.AddFeature("y", [9], [0], 1);

        IReadOnlyDictionary<string, double> result = scores.ToTaskScores().Scores;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result["feature_l1:x"], Is.EqualTo(1.5 / 2).Within(1e-15));
            Assert.That(result["feature_l2:x"], Is.EqualTo(2.5 / 2).Within(1e-15));
            Assert.That(result["feature_cosine:x"], Is.EqualTo((1 - (30 / (5 * Math.Sqrt(40)))) / 2).Within(1e-15));
        }
    }

    [Test]
    public void Add_WhatAScoreNeedsIsMissing_Throws()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new PredictionScores("t", new Score(ScoreKind.Kl)).Add([0, 0], 2, []), Throws.ArgumentException);
            Assert.That(() => new PredictionScores("t", new Score(ScoreKind.CrossEntropy)).Add([0, 0], 2, []), Throws.TypeOf<EvaluationException>().With.Message.Contains("no labels"));
            PredictionScores features = new("t", new Score(ScoreKind.FeatureL1) { Node = "x" });
            features.Add([0, 0], 2, []);
            Assert.That(features.ToTaskScores, Throws.InvalidOperationException);
        }
    }

    // More than one block of rows: the sums must not notice.
    [Test]
    public void Add_ManyRows_EqualsTheSameRowsInSmallBatches()
    {
        const int Classes = 1000;
        float[] logits = [.. Enumerable.Range(0, 150 * Classes).Select(i => (float)(3 * Math.Sin(i * 0.37)))];
        float[] expert = [.. Enumerable.Range(0, 150 * Classes).Select(i => (float)(3 * Math.Cos(i * 0.53)))];
        int[] tokens = [.. Enumerable.Range(0, 150).Select(i => i * 6)];
        Score[] all = [new(ScoreKind.Kl) { Temperature = 2 }, new(ScoreKind.PseudoLabel), new(ScoreKind.CrossEntropy), new(ScoreKind.NextToken)];
        PredictionScores whole = new("t", all);
        whole.Add(new PredictionBatch { Logits = logits, Classes = Classes, Labels = tokens, ExpertLogits = expert, Tokens = tokens, SequenceLength = 10 });
        PredictionScores parts = new("t", all);
        for (int row = 0; row < 150; row += 10)
        {
            parts.Add(new PredictionBatch
            {
                Logits = logits.AsSpan(row * Classes, 10 * Classes),
                Classes = Classes,
                Labels = tokens.AsSpan(row, 10),
                ExpertLogits = expert.AsSpan(row * Classes, 10 * Classes),
                Tokens = tokens.AsSpan(row, 10),
                SequenceLength = 10,
            });
        }

        IReadOnlyDictionary<string, double> expected = parts.ToTaskScores().Scores;
        Assert.That(whole.ToTaskScores().Scores.Keys, Is.EquivalentTo(expected.Keys));
        foreach ((string name, double value) in whole.ToTaskScores().Scores)
        {
            Assert.That(value, Is.EqualTo(expected[name]).Within(1e-12).Percent, name);
        }
    }

    [Test]
    public void ToTaskScores_NothingAdded_Throws() =>
        Assert.That(() => new PredictionScores("t").ToTaskScores(), Throws.InvalidOperationException);

    private static float Log(double probability) => (float)Math.Log(probability);

    private static TaskScores Score(float[] logits, int classes, int[] labels, float[] expert, params Score[] asked)
    {
        PredictionScores scores = new("t", asked);
        scores.Add(new PredictionBatch { Logits = logits, Classes = classes, Labels = labels, ExpertLogits = expert });
        return scores.ToTaskScores();
    }

    private static double Entropy(float[] logits, int classes)
    {
        PredictionScores scores = new("t");
        scores.Add(logits, classes, []);
        return scores.ToTaskScores().Scores[PredictionScores.Entropy];
    }
}
