using Search.Evaluation;

namespace Search.Tests.Evaluation;

public sealed class JoinedScoresTests
{
    [Test]
    public void Of_Parts_AreWhatAllExamplesGive()
    {
        const int Classes = 5;
        Score[] scores = [new(ScoreKind.Kl) { Temperature = 2 }, new(ScoreKind.Infomax), new(ScoreKind.EntropyNormalised), new(ScoreKind.NextToken), new(ScoreKind.PseudoLabel), new(ScoreKind.CrossEntropy)];
        var random = new Rng(5, 0, 0);
        float[] Logits(int examples) => [.. Enumerable.Range(0, examples * 3 * Classes).Select(_ => (float)random.NextGaussian())];
        var whole = new PredictionScores("p", scores);
        List<TaskScores> parts = [];
        foreach (int examples in new[] { 1, 4, 7 })
        {
            var part = new PredictionScores("p", scores);
            int[] labels = [.. Enumerable.Range(0, examples * 3).Select(_ => (int)(Classes * random.NextUniform()))];
            float[] logits = Logits(examples);
            float[] expert = Logits(examples);
            foreach (PredictionScores scorer in new[] { whole, part })
            {
                scorer.Add(new PredictionBatch { Logits = logits, Classes = Classes, Labels = labels, ExpertLogits = expert, Tokens = labels, Examples = examples, SequenceLength = 3 });
            }

            parts.Add(part.ToTaskScores());
        }

        TaskScores expected = whole.ToTaskScores();
        TaskScores joined = JoinedScores.Of(parts);
        Assert.Multiple(() =>
        {
            Assert.That(joined.Scores.Keys, Is.EquivalentTo(expected.Scores.Keys).And.Contain("perplexity").And.Contain("accuracy"));
            Assert.That(joined.Scores.Keys.Select(name => joined.Scores[name]), Is.EqualTo(joined.Scores.Keys.Select(name => expected.Scores[name])).Within(1e-12));
            Assert.That(joined.MeanPrediction, Is.EqualTo(expected.MeanPrediction).Within(1e-14));
            Assert.That(joined.Examples, Is.EqualTo(expected.Examples));
        });
    }
}
