using Search.Evaluation;

namespace Search.Core.Tests.Evaluation;

internal sealed class CollapseGuardTests
{
    // Whatever it sees, it answers class 1, and its entropy praises it for that.
    [Test]
    public void Describe_ConstantClass_SaysWhatIsPredicted()
    {
        TaskScores constant = Score([0, 20, 0, 1, 21, 1, 0, 19, -1], 3);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(constant.Scores["entropy"], Is.EqualTo(0).Within(1e-6));
            Assert.That(new CollapseGuard(0.1).Describe(constant), Does.StartWith("task 't' predicts class 1 with probability 1.000 on average").And.Contain("floor 0.1099"));
            Assert.That(new CollapseGuard(0).Describe(constant), Is.Null);
        }
    }

    [Test]
    public void Describe_ConfidentAndDiverse_IsNoCollapse()
    {
        TaskScores diverse = Score([20, 0, 0, 0, 20, 0, 0, 0, 20], 3);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(diverse.Scores["entropy"], Is.EqualTo(0).Within(1e-6));
            Assert.That(new CollapseGuard(0.99).Describe(diverse), Is.Null);
        }
    }

    [Test]
    public void Describe_OneClass_IsNoCollapse() => Assert.That(new CollapseGuard(1).Describe(Score([3, 4], 1)), Is.Null);

    private static TaskScores Score(float[] logits, int classes)
    {
        PredictionScores scores = new("t");
        scores.Add(logits, classes, []);
        return scores.ToTaskScores();
    }
}
