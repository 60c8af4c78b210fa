using Search.Strategies;
using Search.Strategies.AdaMerging;

namespace Search.Tests.Strategies.AdaMerging;

public sealed class AdaMergingStrategyTests
{
    [Test]
    public void Tell_FirstGradient_MovesByTheLearningRate()
    {
        // Entropy of logits (2λ, 0) at λ = 0.3; the authors' log shows the same step.
        AdaMergingStrategy strategy = New(new AdaMergingOptions(), 0.3);
        Tell(strategy, _ => [-0.2745411]);
        Assert.That(strategy.Point[0], Is.EqualTo(0.301).Within(1e-9));
    }

    [Test]
    public void Tell_SecondGradient_CorrectsTheBiasOfBothMeans()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.01 }, 0.3);
        Tell(strategy, _ => [1]);
        Tell(strategy, _ => [-0.5]);

        // m = 0.9·0.1·1 + 0.1·(−0.5) = 0.04, v = 0.999·0.001·1 + 0.001·0.25 = 0.001249.
        double second = 0.01 * (0.04 / (1 - 0.81)) / (Math.Sqrt(0.001249 / (1 - 0.998001)) + 1e-8);
        Assert.That(strategy.Point[0], Is.EqualTo(0.3 - (0.01 / (1 + 1e-8)) - second).Within(1e-14));
    }

    [Test]
    public void Tell_ZeroGradient_LeavesTheCoefficientWhereItStarted()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.1 }, 0.3, 0.3);
        for (int step = 0; step < 40; step++)
        {
            Tell(strategy, _ => [0, Math.Cos(step)]);
        }

        Assert.That(strategy.Point[0], Is.EqualTo(0.3));
        Assert.That(strategy.Point[1], Is.Not.EqualTo(0.3));
    }

    [Test]
    public void Tell_CosineSchedule_SlowsDownAlongHalfACosine()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.1, Steps = 4, Schedule = LearningRateSchedule.Cosine }, 0);
        List<double> lengths = [];
        for (int step = 0; step < 4; step++)
        {
            double before = strategy.Point[0];
            Tell(strategy, _ => [-1]);
            lengths.Add(strategy.Point[0] - before);
        }

        Assert.That(lengths, Is.EqualTo(new[] { 0.1, 0.0853553, 0.05, 0.0146447 }).Within(1e-7));
    }

    [Test]
    public void Search_ConvexQuadratic_IsMinimised()
    {
        double[] optimum = [0.7, -0.2, 1.1];
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.02, Steps = 600, Batch = null }, 0.3, 0.3, 0.3);
        Run(strategy, x => [.. x.Select((value, i) => 2 * (i + 1) * (value - optimum[i]))]);
        Assert.That(strategy.Point, Is.EqualTo(optimum).Within(1e-3));
        Assert.That(strategy.StopReason, Is.EqualTo("600 steps are done"));
    }

    [Test]
    public void Search_EntropyOfTwoLogits_NeverRises()
    {
        // p = σ(2λ): H = ln(1 + e^2λ) − 2λp and dH/dλ = −4λ p (1 − p).
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.01, Steps = 100, Batch = null }, 0.3);
        double[] entropies = [.. Run(strategy, x => [-4 * x[0] * P(x[0]) * (1 - P(x[0]))]).Select(candidate => Entropy(candidate.Coefficients[0]))];
        Assert.That(entropies[0], Is.EqualTo(0.6500942).Within(1e-7));
        Assert.That(entropies, Is.Ordered.Descending);
        Assert.That(entropies[^1], Is.LessThan(0.4));

        static double P(double x) => 1 / (1 + Math.Exp(-2 * x));
        static double Entropy(double x) => Math.Log(1 + Math.Exp(2 * x)) - (2 * x * P(x));
    }

    [Test]
    public void Ask_OptimumBeyondTheBounds_StopsAtThem()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.1, Steps = 60, Batch = null }, 0.3, 0.3);
        foreach (Candidate candidate in Run(strategy, _ => [-1, 1]))
        {
            Assert.That(candidate.Coefficients, Is.All.InRange(-0.5, 1.5));
        }

        Assert.That(strategy.Point, Is.EqualTo(new[] { 1.5, -0.5 }));
    }

    [Test]
    public void Tell_ClampedCoefficient_HasNoGradientAndNeverReturns()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.02, Clamp = true }, 0.99, 0.01, 0.5);
        Tell(strategy, _ => [-1, 1, 1]);
        double inside = strategy.Point[2];
        for (int step = 0; step < 40; step++)
        {
            Tell(strategy, _ => [1000, -1000, 1]);
            Assert.That(strategy.Point.Take(2), Is.EqualTo(new[] { 1.0, 0.0 }));
        }

        Assert.That(strategy.Point[2], Is.LessThan(inside));
    }

    [Test]
    public void Ask_Clamped_StaysWithinBothIntervals()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.1, Steps = 30, Batch = null, Clamp = true }, 0.5, 0.5);
        foreach (Candidate candidate in Run(strategy, _ => [-1, 1]))
        {
            Assert.That(candidate.Coefficients, Is.All.InRange(0, 1));
        }
    }

    [Test]
    public void Ask_Simplex_StaysPositiveWithSumOne()
    {
        AdaMergingStrategy strategy = New(Constraint.Simplex, 3, new AdaMergingOptions { LearningRate = 0.2, Steps = 80, Batch = null }, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3);
        int step = 0;
        foreach (Candidate candidate in Run(strategy, x => [.. x.Select((_, i) => Math.Sin(i + (0.1 * step++)))]))
        {
            Assert.That(candidate.Coefficients, Is.All.Positive);
            Assert.That(candidate.Coefficients.Take(3).Sum(), Is.EqualTo(1).Within(1e-12));
            Assert.That(candidate.Coefficients.Skip(3).Sum(), Is.EqualTo(1).Within(1e-12));
        }
    }

    [TestCase(Constraint.Simplex)]
    [TestCase(Constraint.Affine)]
    public void Tell_EqualGradients_LeaveAUniformStartUniform(Constraint constraint)
    {
        AdaMergingStrategy strategy = New(constraint, 3, new AdaMergingOptions { LearningRate = 0.01 }, 0.3, 0.3, 0.3);
        for (int step = 0; step < 45; step++)
        {
            Tell(strategy, _ => [0.7, 0.7, 0.7]);
        }

        Assert.That(strategy.Point, Is.All.EqualTo(1.0 / 3).Within(1e-9));
    }

    [TestCase(Constraint.Simplex)]
    [TestCase(Constraint.Affine)]
    public void Tell_SameAmountAddedToEveryDerivative_ChangesNothing(Constraint constraint)
    {
        double[] Reached(double added)
        {
            AdaMergingStrategy strategy = New(constraint, 3, new AdaMergingOptions { LearningRate = 0.01 }, 0.2, 0.3, 0.5);
            for (int step = 0; step < 20; step++)
            {
                Tell(strategy, x => [.. x.Select((value, i) => Math.Cos(i + (3 * value)) + added)]);
            }

            return [.. strategy.Point];
        }

        Assert.That(Reached(5), Is.EqualTo(Reached(0)).Within(1e-11));
    }

    [TestCase(Constraint.Simplex, 0.7, 0.2, 0.1)]
    [TestCase(Constraint.Affine, 1.2, -0.3, 0.1)]
    public void Search_QuadraticUnderAConstraint_FindsTheConstrainedOptimum(Constraint constraint, params double[] optimum)
    {
        // All of the gradient's common part pulls away from sum 1.
        AdaMergingStrategy strategy = New(constraint, 3, new AdaMergingOptions { LearningRate = 0.02, Steps = 2000, Schedule = LearningRateSchedule.Cosine, Batch = null }, 0.3, 0.3, 0.3);
        Run(strategy, x => [.. x.Select((value, i) => value - optimum[i] - 2)]);
        Assert.That(strategy.Point, Is.EqualTo(optimum).Within(2e-3));
    }

    [Test]
    public void Ask_Affine_KeepsSumOneWithinTheBounds()
    {
        AdaMergingStrategy strategy = New(Constraint.Affine, 3, new AdaMergingOptions { LearningRate = 0.3, Steps = 80, Batch = null }, 1.5, 1.5, -0.5);
        int step = 0;
        foreach (Candidate candidate in Run(strategy, x => [.. x.Select((_, i) => Math.Sin((2 * i) + (0.3 * step++)))]))
        {
            Assert.That(candidate.Coefficients.Sum(), Is.EqualTo(1).Within(1e-12));
            Assert.That(candidate.Coefficients, Is.All.InRange(-0.5, 1.5));
        }
    }

    [Test]
    public void Ask_EveryKStepsAndAtTheEnd_ScoresThePointReachedOnAllExamples()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { Steps = 7, Checkpoint = 3 }, 0.3);
        List<Candidate> asked = Run(strategy, _ => [1]);
        Assert.Multiple(() =>
        {
            Assert.That(asked.Select(candidate => (candidate.Generation, candidate.Index)), Is.EqualTo(new[] { (0, 0), (1, 0), (2, 0), (3, 1), (3, 0), (4, 0), (5, 0), (6, 1), (6, 0), (7, 1) }));
            Assert.That(asked.Where(candidate => candidate.Index == 0).Select(candidate => candidate.Gradient), Is.EqualTo(Enumerable.Range(0, 7).Select(step => new GradientRequest(step, 16))));
            Assert.That(asked.Where(candidate => candidate.Index == 1).Select(candidate => candidate.Gradient), Is.All.Null);
            Assert.That(asked[^1].Coefficients, Is.EqualTo(strategy.Point), "nothing is left unscored");
            Assert.That(strategy.StopReason, Is.EqualTo("7 steps are done"));
        });
    }

    [Test]
    public void Ask_WholeBatches_NeedsNoCheckpointsAndScoresTheLastPointToo()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { Steps = 7, Checkpoint = 3, Batch = null }, 0.3);
        List<Candidate> asked = Run(strategy, _ => [1]);
        Assert.That(asked.Select(candidate => candidate.Gradient), Is.EqualTo(Enumerable.Range(0, 8).Select(step => new GradientRequest(step, null))));
        Assert.That(asked[^1].Coefficients[0], Is.EqualTo(0.3 - 0.007).Within(1e-9), "after seven steps");
        Assert.That(strategy.Recommend()!.Coefficients, Is.EqualTo(asked[^1].Coefficients), "no step follows the last score");
        Assert.That(strategy.StopReason, Is.EqualTo("7 steps are done"));
    }

    [Test]
    public void Tell_LastPointOfWholeBatchesThatFailed_IsScoredHalfwayBack()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.1, Steps = 1, Batch = null }, 0);
        Tell(strategy, _ => [-1]);
        strategy.Tell([new Verdict(strategy.Ask(1)[0], null)]);
        Assert.That(Run(strategy, _ => [-1]).Select(candidate => candidate.Coefficients[0]), Is.EqualTo(new[] { 0.05 }).Within(1e-8));
        Assert.That(strategy.Recommend()!.Coefficients[0], Is.EqualTo(0.05).Within(1e-8));
    }

    [Test]
    public void Tell_PointThatFailed_GoesHalfwayBackAndStepsHalfAsFar()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.1 }, 0);
        Tell(strategy, _ => [-1]);
        strategy.Tell([new Verdict(strategy.Ask(1)[0], null)]);
        Assert.That(strategy.Point[0], Is.EqualTo(0.05).Within(1e-8));
        Tell(strategy, _ => [-1]);
        Assert.That(strategy.Point[0], Is.EqualTo(0.1).Within(1e-8));
        Assert.That(strategy.StopReason, Is.Null);
    }

    [Test]
    public void Tell_TenFailuresInARow_StopTheSearch()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { LearningRate = 0.1 }, 0);
        Tell(strategy, _ => [-1]);
        for (int failure = 0; failure < 10; failure++)
        {
            Assert.That(strategy.StopReason, Is.Null);
            strategy.Tell([new Verdict(strategy.Ask(1)[0], null)]);
        }

        Assert.That(strategy.StopReason, Is.EqualTo("10 points in a row could not be scored"));
        Assert.That(strategy.Ask(1), Is.Empty);
    }

    [Test]
    public void Tell_StartThatFailed_StopsAtOnce()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions(), 0);
        strategy.Tell([new Verdict(strategy.Ask(1)[0], null)]);
        Assert.That(strategy.StopReason, Is.EqualTo("the starting point could not be scored"));
    }

    [Test]
    public void Tell_CheckpointThatFailed_GoesOn()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { Steps = 4, Checkpoint = 2 }, 0);
        Tell(strategy, _ => [-1]);
        Tell(strategy, _ => [-1]);
        Candidate checkpoint = strategy.Ask(1)[0];
        Assert.That(checkpoint.Gradient, Is.Null);
        strategy.Tell([new Verdict(checkpoint, null)]);
        Assert.That(Run(strategy, _ => [-1]).Select(candidate => candidate.Generation), Is.EqualTo(new[] { 2, 3, 4 }));
    }

    [Test]
    public void Ask_BeforeTheVerdict_GivesNothing()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions(), 0.3);
        Assert.That(strategy.Ask(5), Has.Count.EqualTo(1));
        Assert.That(strategy.Ask(1), Is.Empty);
        Assert.That(() => strategy.Ask(0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Tell_AgainOrAStranger_IsRefused()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions(), 0.3);
        var verdict = new Verdict(strategy.Ask(1)[0], [1]) { Gradient = [1] };
        Assert.That(() => strategy.Tell([new Verdict(new Candidate(3, 0, [0.3]), [1]) { Gradient = [1] }]), Throws.ArgumentException.With.Message.Contains("Candidate 3/0 was not asked for"));
        strategy.Tell([verdict]);
        Assert.That(() => strategy.Tell([verdict]), Throws.ArgumentException.With.Message.Contains("told before"));
    }

    [Test]
    public void Tell_VerdictThatIsNotFiniteOrIncomplete_IsRefusedAndNothingIsLost()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions(), 0.3, 0.3);
        Candidate candidate = strategy.Ask(1)[0];
        Assert.Multiple(() =>
        {
            Assert.That(() => strategy.Tell([new Verdict(candidate, [double.NaN]) { Gradient = [1, 1] }]), Throws.ArgumentException.With.Message.Contains("One finite objective"));
            Assert.That(() => strategy.Tell([new Verdict(candidate, [1, 2]) { Gradient = [1, 1] }]), Throws.ArgumentException.With.Message.Contains("One finite objective"));
            Assert.That(() => strategy.Tell([new Verdict(candidate, [1]) { Gradient = [1, double.NaN] }]), Throws.ArgumentException.With.Message.Contains("finite derivative by each of the 2"));
            Assert.That(() => strategy.Tell([new Verdict(candidate, [1]) { Gradient = [1] }]), Throws.ArgumentException.With.Message.Contains("finite derivative by each of the 2"));
            Assert.That(() => strategy.Tell([new Verdict(candidate, [1])]), Throws.ArgumentException.With.Message.Contains("finite derivative by each of the 2"));
        });

        strategy.Tell([new Verdict(candidate, [1]) { Gradient = [1, 1] }]);
        Assert.That(strategy.Point, Is.All.EqualTo(0.299).Within(1e-9));
    }

    [Test]
    public void Search_ReplayedVerdicts_AskForTheSameBits([Values] Constraint constraint)
    {
        double[][] Path()
        {
            AdaMergingStrategy strategy = New(constraint, 2, new AdaMergingOptions { LearningRate = 0.05, Steps = 60, Checkpoint = 7 }, 0.3, 0.3);
            int number = 0;
            List<double[]> path = [];
            while (strategy.Ask(1) is [{ } candidate])
            {
                path.Add([.. candidate.Coefficients]);
                strategy.Tell([++number % 11 == 0
                    ? new Verdict(candidate, null)
                    : new Verdict(candidate, [0.5]) { Gradient = candidate.Gradient is null ? null : [.. candidate.Coefficients.Select(value => Math.Sin(value * number))] }]);
            }

            return [.. path];
        }

        double[][] first = Path();
        Assert.That(first, Has.Length.GreaterThan(60));
        Assert.That(Path(), Is.EqualTo(first));
    }

    [Test]
    public void Constructor_SettingOutOfRange_IsRefused()
    {
        Assert.Multiple(() =>
        {
            foreach (AdaMergingOptions options in new AdaMergingOptions[]
            {
                new() { LearningRate = 0 }, new() { LearningRate = double.NaN }, new() { Steps = 0 }, new() { Batch = 0 }, new() { Checkpoint = 0 },
                new() { Beta1 = 1 }, new() { Beta2 = double.NaN },
                new() { EarlyStop = new EarlyStop { Patience = 0 } }, new() { EarlyStop = new EarlyStop { Margin = -1 } }, new() { EarlyStop = new EarlyStop { Margin = double.PositiveInfinity } },
            })
            {
                Assert.That(() => New(options, 0.3, 0.3), Throws.InstanceOf<ArgumentException>(), options.ToString());
            }
        });
    }

    // Bounds in which no point satisfies the constraint.
    [TestCase(Constraint.Clamp, 1.2, 2)]
    [TestCase(Constraint.Clamp, -2, -0.1)]
    [TestCase(Constraint.Affine, -0.5, 0.4)]
    [TestCase(Constraint.Affine, 0.6, 2)]
    [TestCase(Constraint.Simplex, 0.1, 1)]
    [TestCase(Constraint.Simplex, 0, 0.9)]
    public void Constructor_BoundsThatTheConstraintLeaves_AreRefused(Constraint constraint, double lower, double upper) =>
        Assert.That(
            () => Bounded(constraint, 2, new AdaMergingOptions(), lower, upper, upper, upper),
            Throws.ArgumentException.With.Message.Contains("bounds"));

    // Checkpoints at steps 2, 4, 6 …; an improvement is a fall by more than 0.1 below the best.
    [TestCase(4, TestName = "Search_TasksThatNoLongerImprove_StopOneByOne")]
    [TestCase(null, TestName = "Search_TasksThatNoLongerImproveOnWholeBatches_StopOneByOne")]
    public void Search_EarlyStop(int? batch)
    {
        double[] a = [2, 1, 0.95, 0.93, 0.5, 0.5, 0.5]; // a fall of 0.07 in two checkpoints: stops at the fourth, whatever comes later
        double[] b = [2, 1.95, 1.5, 1.45, 1.5, 1.2, 1.2]; // improves at the third checkpoint
        double[] late = [1.2, 1.2];
        AdaMergingStrategy strategy = New(new AdaMergingOptions { Batch = batch, Steps = 100, Checkpoint = 2, EarlyStop = new EarlyStop { Patience = 2, Margin = 0.1 } }, 0.3);
        List<(int Step, string Without)> steps = [];
        while (strategy.Ask(1) is [{ } candidate])
        {
            int checkpoint = (candidate.Generation / 2) - 1;
            double Of(double[] scores) => candidate.Generation % 2 != 0 || checkpoint < 0 ? 5 : checkpoint < scores.Length ? scores[checkpoint] : late[0];
            if (candidate.Gradient is { } request)
            {
                steps.Add((candidate.Generation, string.Join(' ', request.Without)));
            }

            strategy.Tell([new Verdict(candidate, [0]) { Gradient = candidate.Gradient is null ? null : [1], Tasks = new Dictionary<string, double> { ["a"] = Of(a), ["b"] = Of(b) } }]);
        }

        // Whole batches tell of a checkpoint with the step itself, so the step at which b stops is not made.
        string[] without = [.. Enumerable.Repeat("", batch is null ? 9 : 8), .. Enumerable.Repeat("a", batch is null ? 2 : 2)];
        Assert.That(steps.Select(step => step.Without), Is.EqualTo(without));
        Assert.That(strategy.StopReason, Is.EqualTo("no task improves any more: a stopped at step 8, b stopped at step 10"));
    }

    [Test]
    public void Tell_EarlyStopWithoutTaskScores_IsRefused()
    {
        AdaMergingStrategy strategy = New(new AdaMergingOptions { EarlyStop = new EarlyStop() }, 0.3);
        Assert.That(() => Tell(strategy, _ => [1]), Throws.ArgumentException.With.Message.Contains("score of each task"));
    }

    [Test]
    public void Tell_FixedAndTied_StayFixedAndTied()
    {
        var space = new SearchSpace([.. Enumerable.Range(0, 4).Select(i => new Coefficient($"c{i}", -0.5, 1.5, 0.1 * i))], [new FixedCoefficient("c1", 0.7), new TiedCoefficients(["c0", "c3"])]);
        var strategy = new AdaMergingStrategy(space, new AdaMergingOptions { LearningRate = 0.05, Steps = 300, Batch = null });
        List<Candidate> asked = Run(strategy, x => [.. x.Select((value, i) => 2 * (value - (0.2 * i)))]);
        Assert.That(asked.Select(candidate => candidate.Coefficients[1]), Is.All.EqualTo(0.7));
        Assert.That(asked.Select(candidate => candidate.Coefficients[0] - candidate.Coefficients[3]), Is.All.Zero);
        Assert.That(strategy.Point, Is.EqualTo([0.3, 0.7, 0.4, 0.3]).Within(0.01));
    }

    private static AdaMergingStrategy New(AdaMergingOptions options, params double[] initial) => New(Constraint.None, 1, options, initial);

    private static AdaMergingStrategy New(Constraint constraint, int group, AdaMergingOptions options, params double[] initial) =>
        Bounded(constraint, group, options, -0.5, 1.5, initial);

    private static AdaMergingStrategy Bounded(Constraint constraint, int group, AdaMergingOptions options, double lower, double upper, params double[] initial)
    {
        IEnumerable<string[]> groups = Enumerable.Range(0, initial.Length).Select(i => $"c{i}").Chunk(group);
        return new AdaMergingStrategy(
            new SearchSpace(
                [.. initial.Select((value, i) => new Coefficient($"c{i}", lower, upper, value))],
                [.. constraint switch
                {
                    Constraint.Simplex => groups.Select(names => (SpaceConstraint)new SimplexConstraint(names)),
                    Constraint.Affine => groups.Select(names => new AffineConstraint(names)),
                    _ => [],
                }]),
            options with { Clamp = options.Clamp || constraint == Constraint.Clamp });
    }

    private static void Tell(AdaMergingStrategy strategy, Func<IReadOnlyList<double>, double[]> gradient)
    {
        Candidate candidate = strategy.Ask(1)[0];
        strategy.Tell([new Verdict(candidate, [0]) { Gradient = gradient(candidate.Coefficients) }]);
    }

    private static List<Candidate> Run(AdaMergingStrategy strategy, Func<IReadOnlyList<double>, double[]> gradient)
    {
        List<Candidate> asked = [];
        while (strategy.Ask(1) is [{ } candidate])
        {
            asked.Add(candidate);
            strategy.Tell([new Verdict(candidate, [0]) { Gradient = candidate.Gradient is null ? null : gradient(candidate.Coefficients) }]);
        }

        return asked;
    }

    public enum Constraint
    {
        None,
        Clamp,
        Simplex,
        Affine,
    }
}
